"""A reply that breaks off, and a room that empties: what came is kept, what happened is said, a click goes on."""

from __future__ import annotations

import re
import time

import pytest
from browser.desk import BUSY, Desk, Measure, answer, shown, stop_button
from browser.notebook import Notebook
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Locator, expect

PATIENCE = 3
"""Seconds for `nbstream.abandon_after` in these tests."""


def button(cell: Locator, name: str) -> Locator:
    return cell.get_by_role("button", name=name, exact=True)


def test_continue_goes_on_where_the_connection_broke(desk: Desk) -> None:
    text = prose(120)
    desk.claude.url("broken-cut-rest", text=text[60:], rate=400)
    url = desk.claude.url("broken-cut", text=text, rate=400, fault="reset", fault_after=60, then="broken-cut-rest")
    cell = desk.notebook.run(f"ask({url!r})")
    expect(cell.get_by_role("alert")).to_contain_text("The reply broke off: the connection was lost.")
    expect(button(cell, "Retry")).to_be_visible()
    expect(answer(cell)).to_have_text(shown("".join(text[:60])))
    button(cell, "Continue").click()
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect(answer(cell)).to_have_count(1)
    expect(cell.get_by_role("alert")).to_have_count(0)
    expect(button(cell, "Continue")).to_have_count(0)
    assert desk.evaluate("nbstream.last.text") == "".join(text)
    assert desk.evaluate("nbstream.last.error") is None


def test_a_code_block_cut_by_max_tokens_goes_on_as_code(desk: Desk) -> None:
    desk.claude.url("broken-code-rest", text=" = 1\nb = 2\n```\n\nThat is all.", rate=400)
    url = desk.claude.url(
        "broken-code", text="Look:\n\n```python\na", rate=400, stop_reason="max_tokens", then="broken-code-rest"
    )
    cell = desk.run(f"ask({url!r})")
    expect(cell.locator(".nbstream-note")).to_contain_text("max_tokens")
    button(cell, "Continue").click()
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect(cell.locator("[data-role=assistant] pre")).to_have_count(1)
    expect(cell.locator("[data-role=assistant] pre")).to_contain_text("b = 2")
    expect(cell.locator("[data-role=assistant] p", has_text="That is all.")).to_be_visible()


def test_retry_asks_again_and_nothing_is_lost_before_the_new_answer_begins(desk: Desk) -> None:
    desk.claude.url(
        "broken-refused", status=(529, "overloaded_error"), headers={"retry-after": "20"}, then="broken-refused"
    )
    url = desk.claude.url(
        "broken-again", text=prose(20), rate=None, fault="early_end", fault_after=10, then="broken-refused"
    )
    cell = desk.notebook.run(f"ask({url!r})")
    expect(cell.get_by_role("alert")).to_be_visible()
    button(cell, "Retry").click()
    expect(cell.get_by_role("alert")).to_contain_text("Claude asks to wait 20 s")
    expect(answer(cell)).to_have_text(shown("".join(prose(20)[:10])))
    expect(cell.get_by_text(re.compile(r"\b1[5-9] s"))).to_be_visible()
    desk.claude.url("broken-fine", text="All of it.", rate=None)
    desk.claude.scenarios["broken-again"].then = "broken-fine"
    button(cell, "Retry").click()
    expect(answer(cell)).to_have_text("All of it.")
    expect(cell.get_by_role("status")).to_contain_text("Done")


def test_a_stopped_answer_goes_on(desk: Desk) -> None:
    desk.claude.url("broken-stopped-rest", text=" The end.", rate=None)
    cell = desk.run(
        f"ask({desk.claude.url('broken-stopped', text=prose(3000), then='broken-stopped-rest')!r}, wait=False)"
    )
    desk.reached("broken-stopped", 5)
    stop_button(cell).click()
    expect(cell.get_by_role("status")).to_contain_text("Stopped")
    button(cell, "Continue").click()
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect(answer(cell)).to_contain_text("The end.")
    assert desk.evaluate("len(nbstream.last.messages)") == 4


@pytest.mark.own_page
def test_a_room_that_empties_ends_the_request_and_who_comes_back_can_go_on(
    browser: Browser, desk: Desk, claude: ClaudeServer, measure: Measure
) -> None:
    desk.run(f"nbstream.abandon_after = {PATIENCE}")
    cell = desk.run(f"ask({claude.url('broken-left', text=prose(5000))!r}, wait=False)")
    record = desk.reached("broken-left", 5)
    expect(answer(cell)).to_contain_text("the")
    desk.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    expect(desk.page.locator(".jp-mod-dirty")).to_have_count(0)
    at = time.time()
    desk.notebook.close()
    desk.closed(record, 15)
    assert PATIENCE - 1.5 < measure("the tab is closed", at, record) < PATIENCE + 3
    back = Notebook.open(browser, desk.notebook.lab, desk.notebook.path)
    try:
        chat = back.page.locator(".nbstream")
        expect(chat.locator(".nbstream-note")).to_contain_text("stopped", timeout=30_000)
        expect(answer(chat)).to_contain_text("the")
        expect(button(chat, "Continue")).to_be_visible()
    finally:
        back.close()


@pytest.mark.parametrize("desk", ["7.4", "6.30"], indirect=True)
def test_a_busy_kernel_and_a_silent_claude_empty_no_room(desk: Desk, request: pytest.FixtureRequest) -> None:
    desk.run(f"nbstream.abandon_after = {PATIENCE}")
    name = f"silent-{request.node.callspec.params['desk']}"
    desk.run(f"ask({desk.claude.url(name, text=prose(5000), stall_after=5)!r}, wait=False)")
    record = desk.reached(name, 5)
    desk.notebook.run(BUSY["computing"].replace("30", "8"))
    time.sleep(3 * PATIENCE + 1)
    assert record.is_open


@pytest.mark.own_page
def test_a_hidden_page_is_a_page(desk: Desk) -> None:
    desk.run(f"nbstream.abandon_after = {PATIENCE}")
    desk.run(f"ask({desk.claude.url('broken-hidden', text=prose(5000), stall_after=5)!r}, wait=False)")
    record = desk.reached("broken-hidden", 5)
    other = desk.page.context.new_page()
    other.bring_to_front()
    desk.page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    time.sleep(3 * PATIENCE)
    assert record.is_open
