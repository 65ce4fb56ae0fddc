"""What a reader does to an output or a kernel, and what it means for a reply that runs."""

from __future__ import annotations

import time

import pytest
from browser.desk import Desk, Measure, answer, shown, stop_button
from claude_server import prose
from playwright.sync_api import expect

LEAVES_WITHIN = 5.0
"""Seconds: nbstream waits two for a view to come back, as it does when a cell is moved."""

STAYS_FOR = 4.0
"""Seconds after which a reply that goes on has outlived that wait."""


def command(desk: Desk, name: str) -> None:
    desk.page.evaluate(f"jupyterapp.commands.execute('notebook:{name}')")


LEAVE = {
    "the output is cleared": lambda desk: command(desk, "clear-cell-output"),
    "all outputs are cleared": lambda desk: command(desk, "clear-all-cell-outputs"),
    "the cell is deleted": lambda desk: command(desk, "delete-cell"),
    "the kernel is restarted": lambda desk: desk.notebook.lab.post(f"api/kernels/{desk.kernel_id}/restart"),
    "the kernel is shut down": lambda desk: desk.notebook.lab.delete(f"api/kernels/{desk.kernel_id}"),
}


@pytest.mark.parametrize("what", LEAVE)
def test_the_request_ends_when(desk: Desk, measure: Measure, what: str) -> None:
    name = what.replace(" ", "-")
    cell = desk.run(f"ask({desk.claude.url(name, text=prose(5000))!r}, wait=False)")
    record = desk.reached(name, 5)
    expect(stop_button(cell)).to_be_visible()
    cell.locator(".jp-InputPrompt").click()
    at = time.time()
    LEAVE[what](desk)
    desk.closed(record, 10)
    assert measure(what, at, record) < LEAVES_WITHIN


def test_the_request_ends_when_the_cell_is_run_again(desk: Desk, measure: Measure) -> None:
    cell = desk.run(f"ask({desk.claude.url('run-again', text=prose(5000))!r}, wait=False)")
    first = desk.reached("run-again", 5)
    at = time.time()
    cell.locator(".cm-content").click()
    desk.page.keyboard.press("Control+Enter")
    desk.closed(first, 10)
    assert measure("the cell is run again", at, first) < LEAVES_WITHIN
    second = desk.claude.records_of("run-again")[-1]
    assert second is not first
    time.sleep(STAYS_FOR)
    assert second.is_open


def test_a_second_view_scrolling_and_moving_stop_nothing(desk: Desk) -> None:
    cell = desk.run(f"chat = ask({desk.claude.url('stays', text=prose(5000))!r}, wait=False)")
    record = desk.reached("stays", 5)
    second = desk.run("chat")
    expect(answer(second)).to_contain_text("the")
    second.locator(".jp-InputPrompt").click()
    command(desk, "clear-cell-output")
    expect(second.locator(".nbstream")).to_have_count(0)
    cell.locator(".jp-InputPrompt").click()
    command(desk, "move-cell-up")
    desk.run("print('\\n' * 200)")
    desk.run("print('\\n' * 200)")
    time.sleep(STAYS_FOR)
    assert record.is_open
    # And what was out of sight is whole when it comes into sight.
    chat = desk.page.locator(".nbstream").first
    before = desk.evaluate("chat.text")
    chat.scroll_into_view_if_needed()
    expect(answer(chat)).to_contain_text(shown(before[-200:]))


def test_a_closed_chat_leaves_no_thread_and_no_handler_behind(desk: Desk) -> None:
    desk.run(f"chat = ask({desk.claude.url('closed', text=prose(5000))!r}, wait=False)")
    record = desk.reached("closed", 5)
    desk.run("chat.close()")
    desk.closed(record)
    left = desk.evaluate(
        "dict(threads=[thread.name for thread in threading.enumerate() if 'nbstream' in thread.name],"
        " handlers=[repr(__import__('signal').getsignal(2)), repr(get_ipython().kernel.saved_sigint_handler)],"
        " events=repr(get_ipython().events.callbacks['post_execute']),"
        " reader=get_ipython().kernel.shell_stream._recv_callback.__qualname__)"
    )
    assert left["threads"] == ["nbstream"]
    assert "nbstream" not in repr(left["handlers"])
    assert "_install" not in left["events"]
    assert "ShellInterceptor" not in left["reader"]
