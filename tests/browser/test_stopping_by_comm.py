"""Stop in hosts that hide their kernel connection, such as VS Code, where it travels by the comm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from browser.lab import Lab
from browser.lab_session import STATES, LabSession, LatencyRecorder, LostCellError, expect_stopped, stop_button
from browser.notebook import PagePool
from browser.test_stopping import MAX_LATENCY_SECONDS, SUBSHELLS
from claude_server import ClaudeServer, Record, prose
from playwright.sync_api import Locator

HIDE_CONTROL = """() => {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const send = kernel.sendControlMessage.bind(kernel);
  kernel.sendControlMessage = (message, ...rest) => {
    if (message.header.msg_type.startsWith("nbstream")) throw new Error("hidden by the test");
    return send(message, ...rest);
  };
}"""

REACHABLE_STATES = {
    "7.4": STATES,
    "7.1": STATES,
    # Only its main thread reads the shell channel, so no Stop arrives while another cell keeps that thread busy.
    "6.30": ("waiting", "awaiting", "idle"),
}


MAX_KERNELS = 3
"""After so many kernels in a row that have lost a cell the test fails."""


@dataclass
class StopAttempt:
    """One Stop in one session, in one state of its main thread.

    Attributes:
        session: The session.
        cell: The cell with the chat.
        other: The cell that keeps the kernel busy, if there is one.
        record: The record of the request.
        at: The time of the click on Stop.
    """

    session: LabSession
    cell: Locator
    other: Locator | None
    record: Record
    at: float

    @classmethod
    def begin(cls, session: LabSession, name: str, state: str) -> StopAttempt:
        cell, other = session.start_reply(session.claude.url(name, text=prose(5000)), state)
        record = session.wait_for_deltas(name, 20)
        stop_button(cell).click()
        at = session.last_input_at()
        try:
            session.wait_for_disconnect(record)
        except TimeoutError:
            # A kernel that runs no cell either has lost more than the Stop: then this raises `LostCellError`.
            session.interrupt()
            session.run("'a cell'")
            raise
        return cls(session, cell, other, record, at)


def stop_in_working_kernel(
    session: LabSession | None, open_session: Callable[[], LabSession], name: str, state: str
) -> StopAttempt:
    """Stop a reply in the session, or in a new one if the kernel has lost a cell."""
    for kernels in range(1, MAX_KERNELS + 1):
        try:
            return StopAttempt.begin(session or open_session(), f"{name}-{kernels}", state)
        except LostCellError:
            session = None
            if kernels == MAX_KERNELS:
                raise
    raise AssertionError


@pytest.mark.parametrize("subshells", SUBSHELLS)
@pytest.mark.parametrize("kernel", REACHABLE_STATES)
def test_stop_ends_the_request_without_the_control_channel(
    pages: PagePool,
    lab_with: Callable[[bool], Lab],
    claude: ClaudeServer,
    record_latency: LatencyRecorder,
    subshells: bool,
    kernel: str,
) -> None:
    def open_session() -> LabSession:
        session = LabSession.open_in(pages, lab_with(subshells), claude, kernel)
        session.page.evaluate(HIDE_CONTROL)
        return session

    session: LabSession | None = None
    for state in REACHABLE_STATES[kernel]:
        attempt = stop_in_working_kernel(session, open_session, f"comm-{kernel}-{subshells}-{state}", state)
        session = attempt.session
        latency = record_latency("comm", attempt.at, attempt.record)
        if attempt.other is not None:
            session.interrupt()
            session.notebook.wait_for_end(attempt.other)
        session.notebook.wait_for_end(attempt.cell)
        expect_stopped(attempt.cell)
        assert latency < MAX_LATENCY_SECONDS
    assert session is not None
    pages.release(session.notebook)
