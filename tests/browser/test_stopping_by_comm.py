"""Where a host hides its kernel connection (VS Code and others) a Stop goes by the comm, and is heard as well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser.desk import STATES, Desk, LostCellError, Measure, expect_stopped, stop_button
from browser.lab import Lab
from browser.test_stopping import SUBSHELLS, WORST
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Locator

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
"""Kernels in a row that may lose a cell; then it is a failure for them too."""


def start(
    desk: Desk | None, fresh: Callable[[], Desk], url: str, state: str
) -> tuple[Desk, Locator, Locator | None]:
    """Ask in a state, at a desk whose kernel has not lost a cell."""
    for kernels in range(1, KERNELS + 1):
        try:
            desk = desk or fresh()
            return desk, *desk.start(url, state)
        except LostCellError:
            desk = None
            if kernels == KERNELS:
                raise
    raise AssertionError


@pytest.mark.parametrize("subshells", SUBSHELLS)
@pytest.mark.parametrize("kernel", HEARD)
def test_stop_is_heard_without_the_control_channel(
    browser: Browser,
    lab_with: Callable[[bool], Lab],
    claude: ClaudeServer,
    measure: Measure,
    subshells: bool,
    kernel: str,
) -> None:
    def fresh() -> Desk:
        desk = Desk.open(browser, lab_with(subshells), claude, kernel)
        desk.page.evaluate(HIDE_CONTROL)
        return desk

    desk = None
    for state in HEARD[kernel]:
        name = f"comm-{kernel}-{subshells}-{state}"
        desk, cell, other = start(desk, fresh, claude.url(name, text=prose(5000)), state)
        record = desk.reached(name, 20)
        stop_button(cell).click()
        at = desk.acted_at()
        desk.closed(record)
        latency = measure("comm", at, record)
        if other is not None:
            desk.interrupt()
            desk.notebook.done(other)
        desk.notebook.done(cell)
        expect_stopped(cell)
        assert latency < WORST
    assert desk is not None
    desk.notebook.close()
