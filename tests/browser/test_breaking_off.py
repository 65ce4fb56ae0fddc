"""Replies that break off or are stopped because no page is left: they keep their text and can be continued."""

from __future__ import annotations

import re
import time

import pytest
from browser.lab_session import BUSY_CELLS, LabSession, LatencyRecorder, answer, paragraph_text, stop_button
from browser.notebook import Notebook
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Locator, expect

ABANDON_AFTER_SECONDS = 3
"""The value of `nbstream.abandon_after` in these tests, or of the time after a goodbye."""


def button(cell: Locator, name: str) -> Locator:
    return cell.get_by_role("button", name=name, exact=True)


def test_continue_resumes_the_answer_where_the_connection_broke(session: LabSession) -> None:
    text = prose(120)
    session.claude.url("broken-cut-rest", text=text[60:], rate=400)
    url = session.claude.url(
        "broken-cut", text=text, rate=400, fault="reset", fault_after=60, then="broken-cut-rest"
    )
    cell = session.notebook.run(f"ask({url!r})")
    expect(cell.get_by_role("alert")).to_contain_text("The reply broke off: the connection was lost.")
    expect(button(cell, "Retry")).to_be_visible()
    expect(answer(cell)).to_have_text(paragraph_text("".join(text[:60])))
    button(cell, "Continue").click()
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect(answer(cell)).to_have_count(1)
    expect(cell.get_by_role("alert")).to_have_count(0)
    expect(button(cell, "Continue")).to_have_count(0)
    assert session.evaluate("nbstream.last.text") == "".join(text)
    assert session.evaluate("nbstream.last.error") is None


def test_a_code_block_cut_by_max_tokens_is_continued_as_code(session: LabSession) -> None:
    session.claude.url("broken-code-rest", text=" = 1\nb = 2\n```\n\nThat is all.", rate=400)
    url = session.claude.url(
        "broken-code", text="Look:\n\n```python\na", rate=400, stop_reason="max_tokens", then="broken-code-rest"
    )
    cell = session.run(f"ask({url!r})")
    expect(cell.locator(".nbstream-note")).to_contain_text("max_tokens")
    button(cell, "Continue").click()
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect(cell.locator("[data-role=assistant] pre")).to_have_count(1)
    expect(cell.locator("[data-role=assistant] pre")).to_contain_text("b = 2")
    expect(cell.locator("[data-role=assistant] p", has_text="That is all.")).to_be_visible()


def test_retry_asks_again_and_nothing_is_lost_before_the_new_answer_begins(session: LabSession) -> None:
    session.claude.url(
        "broken-refused", status=(529, "overloaded_error"), headers={"retry-after": "20"}, then="broken-refused"
    )
    url = session.claude.url(
        "broken-again", text=prose(20), rate=None, fault="early_end", fault_after=10, then="broken-refused"
    )
    cell = session.notebook.run(f"ask({url!r})")
    expect(cell.get_by_role("alert")).to_be_visible()
    button(cell, "Retry").click()
    expect(cell.get_by_role("alert")).to_contain_text("Claude asks to wait 20 s")
    expect(answer(cell)).to_have_text(paragraph_text("".join(prose(20)[:10])))
    expect(cell.get_by_text(re.compile(r"\b1[5-9] s"))).to_be_visible()
    session.claude.url("broken-fine", text="All of it.", rate=None)
    session.claude.scenarios["broken-again"].then = "broken-fine"
    button(cell, "Retry").click()
    expect(answer(cell)).to_have_text("All of it.")
    expect(cell.get_by_role("status")).to_contain_text("Done")


def test_a_stopped_answer_can_be_continued(session: LabSession) -> None:
    session.claude.url("broken-stopped-rest", text=" The end.", rate=None)
    cell = session.run(
        f"ask({session.claude.url('broken-stopped', text=prose(3000), then='broken-stopped-rest')!r}, wait=False)"
    )
    session.wait_for_deltas("broken-stopped", 5)
    stop_button(cell).click()
    expect(cell.get_by_role("status")).to_contain_text("Stopped")
    button(cell, "Continue").click()
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect(answer(cell)).to_contain_text("The end.")
    assert session.evaluate("len(nbstream.last.messages)") == 4


@pytest.mark.own_page
def test_a_reply_whose_last_page_is_closed_is_stopped_and_can_be_continued(
    browser: Browser, session: LabSession, claude: ClaudeServer, record_latency: LatencyRecorder
) -> None:
    # A silent page would have half a minute, so the goodbye must have arrived.
    session.run(f"import nbstream.core.presence; nbstream.core.presence.GOODBYE_SECONDS = {ABANDON_AFTER_SECONDS}")
    cell = session.run(f"ask({claude.url('broken-left', text=prose(5000))!r}, wait=False)")
    record = session.wait_for_deltas("broken-left", 5)
    expect(answer(cell)).to_contain_text("the")
    session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    expect(session.page.locator(".jp-mod-dirty")).to_have_count(0)
    at = time.time()
    session.notebook.close()
    session.wait_for_disconnect(record, 15)
    assert (
        ABANDON_AFTER_SECONDS - 1.5 < record_latency("the tab is closed", at, record) < ABANDON_AFTER_SECONDS + 3
    )
    back = Notebook.open(browser, session.notebook.lab, session.notebook.path)
    try:
        chat = back.page.locator(".nbstream")
        expect(chat.locator(".nbstream-note")).to_contain_text("stopped", timeout=30_000)
        expect(answer(chat)).to_contain_text("the")
        expect(button(chat, "Continue")).to_be_visible()
    finally:
        back.close()


@pytest.mark.own_kernel
@pytest.mark.parametrize("kernel", ["7.4", "6.30"])
def test_while_a_page_is_open_neither_a_busy_kernel_nor_a_silent_claude_stops_the_reply(
    session: LabSession, kernel: str
) -> None:
    session.run(f"nbstream.abandon_after = {ABANDON_AFTER_SECONDS}")
    name = f"silent-{kernel}"
    session.run(f"ask({session.claude.url(name, text=prose(5000), stall_after=5)!r}, wait=False)")
    record = session.wait_for_deltas(name, 5)
    session.notebook.run(BUSY_CELLS["computing"].replace("30", "8"))
    time.sleep(3 * ABANDON_AFTER_SECONDS + 1)
    assert record.is_open


@pytest.mark.own_page
def test_a_hidden_page_counts_as_a_page(session: LabSession) -> None:
    session.run(f"nbstream.abandon_after = {ABANDON_AFTER_SECONDS}")
    session.run(f"ask({session.claude.url('broken-hidden', text=prose(5000), stall_after=5)!r}, wait=False)")
    record = session.wait_for_deltas("broken-hidden", 5)
    other = session.page.context.new_page()
    other.bring_to_front()
    session.page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    time.sleep(3 * ABANDON_AFTER_SECONDS)
    assert record.is_open
