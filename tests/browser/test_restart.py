"""The kernel is restarted or dies while a page shows a chat: the page says so, and the chat can go on."""

from __future__ import annotations

import json
import os

import pytest
from browser.lab_session import LabSession, answer, stop_button
from browser.notebook import Notebook
from claude_server import prose
from playwright.sync_api import Browser, Locator, expect

MAX_NOTICE_MS = 2_000

SETUP = "import json, os; os.environ.update(ANTHROPIC_BASE_URL={url!r}, ANTHROPIC_API_KEY='sk-secret')"


def status(cell: Locator) -> Locator:
    return cell.get_by_role("status").first


def box(cell: Locator) -> Locator:
    return cell.get_by_role("textbox", name="Message")


@pytest.mark.own_kernel
def test_after_a_restart_the_reply_is_stopped_and_the_chat_goes_on_in_the_new_kernel(session: LabSession) -> None:
    text = prose(3000)
    session.claude.url("restart-rest", text=" The end.", rate=None, then="restart-more")
    session.claude.url("restart-more", text="Once more.", rate=None, then="restart-more")
    url = session.claude.url("restart", text=text, rate=100, then="restart-rest")
    session.run(SETUP.format(url=url))
    cell = session.run("chat = nbstream.chat('Why?', wait=False, file='restart.json')")
    record = session.wait_for_deltas("restart", 30)
    expect(answer(cell)).to_contain_text("the")
    box(cell).fill("And then?")
    box(cell).press("Enter")
    expect(cell.get_by_text("Waiting", exact=True)).to_be_visible()
    box(cell).fill("A draft")
    session.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(status(cell)).to_contain_text("Stopped · the kernel was restarted", timeout=MAX_NOTICE_MS)
    session.wait_for_disconnect(record, 10)
    expect(stop_button(cell)).to_have_count(0)
    expect(box(cell)).to_have_value("A draft\n\nAnd then?")
    shown = answer(cell).inner_text()
    seconds = status(cell).inner_text()
    session.notebook.wait_until_idle()
    session.run(SETUP.format(url=session.claude.url("restart-again", text=" The end.", then="restart-more")))
    assert status(cell).inner_text() == seconds
    cell.get_by_role("button", name="Continue here").click()
    expect(cell.get_by_role("button", name="Continue", exact=True)).to_be_visible(timeout=30_000)
    expect(cell.locator(".nbstream")).to_have_count(1)
    expect(answer(cell)).to_have_text(shown, use_inner_text=True)
    expect(box(cell)).to_have_value("A draft\n\nAnd then?")
    cell.get_by_role("button", name="Continue", exact=True).click()
    # The new kernel imports the SDK first.
    expect(status(cell)).to_contain_text("Done", timeout=30_000)
    expect(answer(cell)).to_contain_text("The end.")
    box(cell).press("Enter")
    expect(answer(cell)).to_have_count(2)
    expect(answer(cell).last).to_have_text("Once more.")
    assert session.evaluate("[m['role'] for m in __import__('nbstream').last.messages]") == [
        *("user", "assistant", "user", "assistant", "user", "assistant")
    ]
    written = json.loads((session.notebook.path.parent / "restart.json").read_text())["messages"]
    assert [m["role"] for m in written] == ["user", "assistant"] * 3
    assert "Once more." in str(written[-1])
    session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    expect(session.page.locator(".jp-mod-dirty")).to_have_count(0)
    saved = json.loads(session.notebook.path.read_text())
    [markdown] = [
        "".join(output["data"]["text/markdown"])
        for saved_cell in saved["cells"]
        for output in saved_cell["outputs"]
        if "text/markdown" in output.get("data", {})
    ]
    assert all(part in markdown for part in ("Why?", "The end.", "And then?", "Once more."))


@pytest.mark.own_kernel
def test_a_kernel_that_dies_is_said_and_a_message_on_its_way_goes_back_to_the_box(session: LabSession) -> None:
    session.run(SETUP.format(url=session.claude.url("dies", text="Hello.", rate=None)))
    cell = session.run("chat = nbstream.chat()")
    expect(status(cell)).to_contain_text("Ready")
    pid = session.evaluate("os.getpid()")
    os.kill(pid, 19)
    box(cell).fill("Are you there?")
    box(cell).press("Enter")
    expect(cell.get_by_text("Sending…")).to_be_visible()
    os.kill(pid, 9)
    expect(status(cell)).to_contain_text("The kernel was restarted", timeout=10_000)
    expect(box(cell)).to_have_value("Are you there?")
    expect(cell.get_by_text("Sending…")).to_have_count(0)
    expect(cell.get_by_role("button", name="Send")).to_be_disabled()


@pytest.mark.own_kernel
def test_a_shutdown_by_another_program_is_said_at_once(session: LabSession) -> None:
    session.run(SETUP.format(url=session.claude.url("shut", text=prose(3000), rate=100)))
    cell = session.run("chat = nbstream.chat('Why?', wait=False)")
    record = session.wait_for_deltas("shut", 30)
    expect(answer(cell)).to_contain_text("the")
    session.notebook.lab.delete(f"api/kernels/{session.kernel_id}")
    expect(status(cell)).to_contain_text("Stopped · the kernel has ended", timeout=MAX_NOTICE_MS)
    session.wait_for_disconnect(record, 10)


@pytest.mark.hosts
@pytest.mark.own_kernel
def test_what_is_continued_on_one_page_goes_on_on_the_other_page_of_the_notebook_too(
    session: LabSession, browser: Browser
) -> None:
    url = session.claude.url("restart-pages", text="Hello.", rate=None, then="restart-both")
    session.claude.url("restart-both", text="Both see it.", rate=None)
    session.run(SETUP.format(url=url))
    cell = session.run("chat = nbstream.chat('Why?')")
    session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    expect(session.page.locator(".jp-mod-dirty")).to_have_count(0)
    other = Notebook.open(browser, session.notebook.lab, session.notebook.path)
    chat = other.page.locator(".nbstream")
    expect(answer(chat)).to_have_text("Hello.", timeout=30_000)
    box(chat).fill("A draft")
    session.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(chat.get_by_role("button", name="Continue here")).to_be_visible(timeout=10_000)
    session.notebook.wait_until_idle()
    session.run(SETUP.format(url=url))
    cell.get_by_role("button", name="Continue here").click()
    # The other page goes on without a press.
    expect(chat.get_by_role("button", name="Continue here")).to_have_count(0, timeout=30_000)
    expect(answer(chat)).to_have_text("Hello.")
    expect(box(chat)).to_have_value("A draft")
    expect(chat).to_have_count(1)
    box(cell).fill("And then?")
    box(cell).press("Enter")
    for place in (cell, chat):
        expect(answer(place).last).to_have_text("Both see it.", timeout=30_000)
    other.close()
