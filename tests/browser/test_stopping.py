"""Every way to stop ends the request to Claude, in every state a kernel can be in.

Measured at the server: from the act, on the page or in the kernel, to the closed connection. Each combination
of kernel, comms over subshells, state and way is tried in one of the four phases of a reply, in turn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.desk import STATES, Desk, Measure, answer, expect_stopped, shown, stop_button
from browser.evidence import FAILED, keep_evidence
from browser.lab import IPYKERNELS, Lab
from browser.notebook import PagePool
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, expect

WAYS = ("button", "escape", "interrupt", "stop", "close")
REASONS = {"interrupt": "interrupt", "close": "closed"}

PHASES: dict[str, dict[str, Any]] = {
    "before": {"first": 60},
    "thinking": {"thinking": prose(5000), "rate": 20},
    "stalled": {"stall_after": 10},
    "streaming": {"text": prose(5000), "rate": 50},
}
SENT = {"before": 0, "thinking": 5, "stalled": 10, "streaming": 10}
"""Deltas by which a reply is in its phase."""

CASES = [
    (*case, phase)
    for case, phase in zip(itertools.product(IPYKERNELS, STATES, WAYS), itertools.cycle(PHASES), strict=False)
]
WITHOUT_SUBSHELLS = {"6.30"}
"""Kernels to which the host's setting for them makes no difference."""

WORST = 1.0
"""Seconds; the contract's worst case on a loaded machine. Medians are `benchmarks/stop.py`'s."""

SUBSHELLS = [pytest.param(True, id="subshells"), pytest.param(False, id="no subshells")]


def with_subshells(cases: list[tuple[str, ...]]) -> Iterator[Any]:
    """The cases, with and without them where that makes a difference."""
    for value in SUBSHELLS:
        for case in cases:
            if value.values[0] or case[0] not in WITHOUT_SUBSHELLS:
                yield pytest.param(*value.values, *case, id="-".join([str(value.id), *case]))


@pytest.fixture(scope="session")
def desks() -> dict[tuple[bool, str], Desk]:
    return {}


@pytest.fixture
def desk(
    desks: dict[tuple[bool, str], Desk],
    browser: Browser,
    claude: ClaudeServer,
    lab_with: Callable[[bool], Lab],
    request: pytest.FixtureRequest,
    subshells: bool,
    kernel: str,
) -> Iterator[Desk]:
    """One desk for all cases of a kernel, opened anew after a failure."""
    key = subshells, kernel
    if key not in desks:
        desks[key] = Desk.open(browser, lab_with(subshells), claude, kernel)
    yield desks[key]
    if request.node.stash.get(FAILED, False):
        keep_evidence(desks[key].notebook, request.node.name)
        desks.pop(key).notebook.close()


@pytest.mark.parametrize(("subshells", "kernel", "state", "way", "phase"), [*with_subshells(CASES)])
def test_the_request_ends_and_what_came_is_kept(
    desk: Desk,
    tmp_path: Path,
    measure: Measure,
    subshells: bool,
    kernel: str,
    state: str,
    way: str,
    phase: str,
) -> None:
    name = f"{kernel}-{subshells}-{state}-{way}"
    url = desk.claude.url(name, **PHASES[phase])
    trigger = tmp_path / "act"
    if way in ("stop", "close"):
        desk.run(f"when(pathlib.Path({str(trigger)!r}), {way!r})")
    cell, other = desk.start(url, state)
    record = desk.reached(name, SENT[phase])
    expect(stop_button(cell)).to_be_visible()

    at = desk.act(cell, way, trigger)
    desk.closed(record)
    latency = measure(way, at, record)

    if other is not None:
        if way != "interrupt":
            # A stop is never somebody else's interrupt.
            expect(other.locator(".jp-InputPrompt")).to_have_text("[*]:")
            desk.interrupt()
        desk.notebook.done(other)
    desk.notebook.done(cell)
    last = desk.evaluate(
        "dict(status=nbstream.last.status, reason=nbstream.last.stop_reason, text=nbstream.last.text,"
        " roles=[m['role'] for m in nbstream.last.messages])"
    )
    assert (last["status"], last["reason"]) == ("stopped", REASONS.get(way, "user"))
    assert desk.claude.scenarios[name].whole_text().startswith(last["text"])
    assert last["roles"] == (["user", "assistant"] if last["text"] else ["user"])
    if way == "close":
        expect(cell.locator(".nbstream")).to_have_count(0)
    else:
        expect_stopped(cell)
        expect(answer(cell)).to_have_text([shown(last["text"])] if last["text"] else [])
    assert latency < WORST


@pytest.mark.parametrize("subshells", SUBSHELLS)
def test_an_interrupted_waiting_call_stops_run_all_with_a_short_traceback(
    lab_with: Callable[[bool], Lab], pages: PagePool, claude: ClaudeServer, subshells: bool
) -> None:
    for kernel in IPYKERNELS:
        desk = Desk.open_in(pages, lab_with(subshells), claude, kernel)
        name = f"run-all-{kernel}-{subshells}"
        cell = desk.notebook.run(f"ask({claude.url(name, text=prose(5000))!r})")
        queued = desk.notebook.run("print('ran all the same')")
        record = desk.reached(name, 5)
        # As a reader in command mode does it.
        queued.locator(".jp-InputPrompt").click()
        desk.page.keyboard.press("i")
        desk.page.keyboard.press("i")
        desk.closed(record)
        desk.notebook.done(cell)
        error = cell.locator("[data-mime-type='application/vnd.jupyter.stderr']").inner_text()
        assert "KeyboardInterrupt" in error
        assert len(error.strip().splitlines()) <= 3
        assert desk.evaluate("nbstream.last.stop_reason") == "interrupt"
        expect(queued.locator(".jp-InputPrompt")).to_have_text("[ ]:")
        expect(queued.locator(".jp-OutputArea-output")).to_have_count(0)
        pages.release(desk.notebook)
