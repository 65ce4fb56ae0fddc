"""All ways to stop a reply, in all states of the kernel: each ends the request to Claude.

The server measures the time from the act, on the page or in the kernel, to the closed connection. Each combination
of kernel, comms over subshells, state and way is tried in one of the four phases of a reply, in turn.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.lab import IPYKERNELS
from browser.lab_session import (
    STATES,
    LabSession,
    LatencyRecorder,
    answer,
    expect_stopped,
    paragraph_text,
    stop_button,
)
from claude_server import prose
from playwright.sync_api import expect

WAYS = ("button", "escape", "interrupt", "stop", "close")
REASONS = {"interrupt": "interrupt", "close": "closed"}

PHASES: dict[str, dict[str, Any]] = {
    "before": {"first": 60},
    "thinking": {"thinking": prose(5000), "rate": 20},
    "stalled": {"stall_after": 10},
    "streaming": {"text": prose(5000), "rate": 50},
}
DELTAS = {"before": 0, "thinking": 5, "stalled": 10, "streaming": 10}
"""The number of deltas after which a reply is in its phase."""

CASES = [
    (*case, phase)
    for case, phase in zip(itertools.product(IPYKERNELS, STATES, WAYS), itertools.cycle(PHASES), strict=False)
]
WITHOUT_SUBSHELLS = {"6.30"}
"""Kernels without subshells, for which the host's setting makes no difference."""

MAX_LATENCY_SECONDS = 1.0
"""The contract's worst case on a loaded machine. `benchmarks/stop.py` prints the medians."""

SUBSHELLS = [pytest.param(True, id="subshells"), pytest.param(False, id="no subshells")]


def with_subshells(cases: list[tuple[str, ...]]) -> Iterator[Any]:
    """Yield the cases with subshells, and those without where that makes a difference."""
    for value in SUBSHELLS:
        for case in cases:
            if value.values[0] or case[0] not in WITHOUT_SUBSHELLS:
                yield pytest.param(*value.values, *case, id="-".join([str(value.id), *case]))


@pytest.mark.parametrize(("subshells", "kernel", "state", "way", "phase"), [*with_subshells(CASES)])
def test_the_request_ends_and_what_came_is_kept(
    session: LabSession,
    tmp_path: Path,
    record_latency: LatencyRecorder,
    subshells: bool,
    kernel: str,
    state: str,
    way: str,
    phase: str,
) -> None:
    name = f"{kernel}-{subshells}-{state}-{way}"
    url = session.claude.url(name, **PHASES[phase])
    trigger = tmp_path / "act"
    if way in ("stop", "close"):
        session.run(f"call_when_there_is(pathlib.Path({str(trigger)!r}), {way!r})")
    cell, other = session.start_reply(url, state)
    record = session.wait_for_deltas(name, DELTAS[phase])
    expect(stop_button(cell)).to_be_visible()

    at = session.stop_reply(cell, way, trigger)
    session.wait_for_disconnect(record)
    latency = record_latency(way, at, record)

    if other is not None:
        if way != "interrupt":
            # A stop of the reply must not interrupt another cell.
            expect(other.locator(".jp-InputPrompt")).to_have_text("[*]:")
            session.interrupt()
        session.notebook.wait_for_end(other)
    session.notebook.wait_for_end(cell)
    last = session.evaluate(
        "dict(status=nbstream.last.status, reason=nbstream.last.stop_reason, text=nbstream.last.text,"
        " roles=[m['role'] for m in nbstream.last.messages])"
    )
    assert (last["status"], last["reason"]) == ("stopped", REASONS.get(way, "user"))
    assert session.claude.scenarios[name].whole_text().startswith(last["text"])
    assert last["roles"] == (["user", "assistant"] if last["text"] else ["user"])
    if way == "close":
        expect(cell.locator(".nbstream")).to_have_count(0)
    else:
        expect_stopped(cell)
        expect(answer(cell)).to_have_text([paragraph_text(last["text"])] if last["text"] else [])
    assert latency < MAX_LATENCY_SECONDS


@pytest.mark.parametrize(("subshells", "kernel"), [*with_subshells([(kernel,) for kernel in IPYKERNELS])])
def test_an_interrupted_waiting_call_stops_run_all_with_a_short_traceback(
    session: LabSession, subshells: bool, kernel: str
) -> None:
    name = f"run-all-{kernel}-{subshells}"
    cell = session.notebook.run(f"ask({session.claude.url(name, text=prose(5000))!r})")
    queued = session.notebook.run("print('ran all the same')")
    record = session.wait_for_deltas(name, 5)
    # As a user in command mode does it.
    queued.locator(".jp-InputPrompt").click()
    session.page.keyboard.press("i")
    session.page.keyboard.press("i")
    session.wait_for_disconnect(record)
    session.notebook.wait_for_end(cell)
    error = cell.locator("[data-mime-type='application/vnd.jupyter.stderr']").inner_text()
    assert "KeyboardInterrupt" in error
    assert len(error.strip().splitlines()) <= 3
    assert session.evaluate("nbstream.last.stop_reason") == "interrupt"
    expect(queued.locator(".jp-InputPrompt")).to_have_text("[ ]:")
    expect(queued.locator(".jp-OutputArea-output")).to_have_count(0)
