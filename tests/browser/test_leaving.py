"""Acts on outputs and kernels that end a running reply, and acts that must not end it."""

from __future__ import annotations

import time

import pytest
from browser.lab_session import LabSession, LatencyRecorder, answer, paragraph_text, stop_button
from claude_server import prose
from playwright.sync_api import expect

MAX_LATENCY_SECONDS = 5.0
"""nbstream waits two seconds for a view to come back, because a view is made anew when its cell is moved."""

LONGER_THAN_WAIT_SECONDS = 4.0
"""A time longer than that wait, after which a reply that still runs was not ended."""


def command(session: LabSession, name: str) -> None:
    session.page.evaluate(f"jupyterapp.commands.execute('notebook:{name}')")


ACTS = {
    "the output is cleared": lambda session: command(session, "clear-cell-output"),
    "all outputs are cleared": lambda session: command(session, "clear-all-cell-outputs"),
    "the cell is deleted": lambda session: command(session, "delete-cell"),
    "the kernel is restarted": lambda session: session.notebook.lab.post(
        f"api/kernels/{session.kernel_id}/restart"
    ),
    "the kernel is shut down": lambda session: session.notebook.lab.delete(f"api/kernels/{session.kernel_id}"),
}


@pytest.mark.parametrize(
    "act", [pytest.param(act, marks=[pytest.mark.own_kernel] if "kernel" in act else []) for act in ACTS]
)
def test_the_request_ends_when(session: LabSession, record_latency: LatencyRecorder, act: str) -> None:
    name = act.replace(" ", "-")
    cell = session.run(f"ask({session.claude.url(name, text=prose(5000))!r}, wait=False)")
    record = session.wait_for_deltas(name, 5)
    expect(stop_button(cell)).to_be_visible()
    cell.locator(".jp-InputPrompt").click()
    at = time.time()
    ACTS[act](session)
    session.wait_for_disconnect(record, 10)
    assert record_latency(act, at, record) < MAX_LATENCY_SECONDS


def test_the_request_ends_when_the_cell_is_run_again(session: LabSession, record_latency: LatencyRecorder) -> None:
    cell = session.run(f"ask({session.claude.url('run-again', text=prose(5000))!r}, wait=False)")
    first = session.wait_for_deltas("run-again", 5)
    at = time.time()
    cell.locator(".cm-content").click()
    session.page.keyboard.press("Control+Enter")
    session.wait_for_disconnect(first, 10)
    assert record_latency("the cell is run again", at, first) < MAX_LATENCY_SECONDS
    second = session.claude.records_of("run-again")[-1]
    assert second is not first
    time.sleep(LONGER_THAN_WAIT_SECONDS)
    assert second.is_open


def test_clearing_a_second_view_scrolling_and_moving_the_cell_do_not_stop_the_reply(session: LabSession) -> None:
    cell = session.run(f"chat = ask({session.claude.url('stays', text=prose(5000))!r}, wait=False)")
    record = session.wait_for_deltas("stays", 5)
    second = session.run("chat")
    expect(answer(second)).to_contain_text("the")
    second.locator(".jp-InputPrompt").click()
    command(session, "clear-cell-output")
    expect(second.locator(".nbstream")).to_have_count(0)
    cell.locator(".jp-InputPrompt").click()
    command(session, "move-cell-up")
    session.run("print('\\n' * 200)")
    session.run("print('\\n' * 200)")
    time.sleep(LONGER_THAN_WAIT_SECONDS)
    assert record.is_open
    # The view was out of sight; it shows all of the text when it comes into sight.
    chat = session.page.locator(".nbstream").first
    before = session.evaluate("chat.text")
    chat.scroll_into_view_if_needed()
    expect(answer(chat)).to_contain_text(paragraph_text(before[-200:]))


@pytest.mark.own_kernel
def test_a_closed_chat_leaves_no_thread_and_no_handler_behind(session: LabSession) -> None:
    session.run(f"chat = ask({session.claude.url('closed', text=prose(5000))!r}, wait=False)")
    record = session.wait_for_deltas("closed", 5)
    session.run("chat.close()")
    session.wait_for_disconnect(record)
    left = session.evaluate(
        "dict(threads=[thread.name for thread in threading.enumerate() if 'nbstream' in thread.name],"
        " handlers=[repr(__import__('signal').getsignal(2)), repr(get_ipython().kernel.saved_sigint_handler)],"
        " events=repr(get_ipython().events.callbacks['post_execute']),"
        " reader=get_ipython().kernel.shell_stream._recv_callback.__qualname__)"
    )
    assert left["threads"] == ["nbstream"]
    assert "nbstream" not in repr(left["handlers"])
    assert "_install" not in left["events"]
    assert "ShellInterceptor" not in left["reader"]
