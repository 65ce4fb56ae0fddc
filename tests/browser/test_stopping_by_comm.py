"""Where a host hides its kernel connection (VS Code and others) a Stop goes by the comm, and is heard as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from browser.desk import STATES, Desk, LostCellError, Measure, expect_stopped, stop_button
from browser.lab import Lab
from browser.notebook import PagePool
from browser.test_stopping import SUBSHELLS, WORST
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

HEARD = {
    "7.4": STATES,
    "7.1": STATES,
    # Its main thread is the only reader of the shell channel; while another cell has that thread, nothing can.
    "6.30": ("waiting", "awaiting", "idle"),
}


KERNELS = 3
"""Kernels in a row that may lose what they are sent; then it is a failure for them too."""


@dataclass
class Try:
    """One Stop at one desk, in one state."""

    desk: Desk
    cell: Locator
    other: Locator | None
    record: Record
    at: float

    @classmethod
    def begin(cls, desk: Desk, name: str, state: str) -> Try:
        cell, other = desk.start(desk.claude.url(name, text=prose(5000)), state)
        record = desk.reached(name, 20)
        stop_button(cell).click()
        at = desk.acted_at()
        try:
            desk.closed(record)
        except TimeoutError:
            # A kernel that hears no cell either has lost more than the Stop (`LostCellError`).
            desk.interrupt()
            desk.run("'Is anybody there?'")
            raise
        return cls(desk, cell, other, record, at)


def stopped(desk: Desk | None, fresh: Callable[[], Desk], name: str, state: str) -> Try:
    """A Stop that was heard, at a desk whose kernel has lost nothing."""
    for kernels in range(1, KERNELS + 1):
        try:
            return Try.begin(desk or fresh(), f"{name}-{kernels}", state)
        except LostCellError:
            desk = None
            if kernels == KERNELS:
                raise
    raise AssertionError


@pytest.mark.parametrize("subshells", SUBSHELLS)
@pytest.mark.parametrize("kernel", HEARD)
def test_stop_is_heard_without_the_control_channel(
    pages: PagePool,
    lab_with: Callable[[bool], Lab],
    claude: ClaudeServer,
    measure: Measure,
    subshells: bool,
    kernel: str,
) -> None:
    def fresh() -> Desk:
        desk = Desk.open_in(pages, lab_with(subshells), claude, kernel)
        desk.page.evaluate(HIDE_CONTROL)
        return desk

    desk: Desk | None = None
    for state in HEARD[kernel]:
        heard = stopped(desk, fresh, f"comm-{kernel}-{subshells}-{state}", state)
        desk = heard.desk
        latency = measure("comm", heard.at, heard.record)
        if heard.other is not None:
            desk.interrupt()
            desk.notebook.done(heard.other)
        desk.notebook.done(heard.cell)
        expect_stopped(heard.cell)
        assert latency < WORST
    assert desk is not None
    pages.release(desk.notebook)
