"""Progress of a run, with the time as an argument."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nbstream.batch.progress import ProgressMeter, summary
from nbstream.batch.run.pace import Pace
from nbstream.batch.run.results import RowResults
from nbstream.batch.run.spending import Spending
from nbstream.batch.run.state import RowStatus, RunLife, RunStatus
from nbstream.claude.usage import UsageMeter


class Run:
    """A run as the meter sees it, whose rows end when the test says so."""

    def __init__(self, count: int) -> None:
        self.results = RowResults(count)
        self.spending = Spending()
        self.pace = Pace(8)
        self.life = RunLife()
        self.running = 0
        self.known = SimpleNamespace(count=0)
        self._next = 0

    def answer(self, count: int, *, known: bool = False) -> None:
        for _ in range(count):
            meter = UsageMeter("claude-haiku-4-5")
            meter.record({"input_tokens": 100, "cache_read_input_tokens": 900, "output_tokens": 20})
            if known:
                self.known.count += 1
            else:
                self.spending.begin(self._next, meter)
                self.spending.end(self._next, is_answer=True)
            self.results.answer(self._next, "x")
            self._next += 1


def test_the_fields_are_those_that_pages_read() -> None:
    run: Any = Run(3)
    assert ProgressMeter(run, 5.0).read(5.0) == {
        "status": "running",
        "stop_reason": None,
        "total": 3,
        "done": 0,
        "failed": 0,
        "running": 0,
        "rowsPerMinute": None,
        "secondsLeft": None,
        "seconds": 0.0,
        "inputTokens": 0,
        "outputTokens": 0,
        "cost": 0.0,
        "expectedCost": None,
        "slowedUntil": None,
        "revision": 0,
    }


def test_rate_time_left_and_cost_follow_the_rows_that_were_asked() -> None:
    run: Any = Run(100)
    meter = ProgressMeter(run, 0.0)
    run.answer(50, known=True)
    assert meter.read(1.0)["rowsPerMinute"] is None
    run.answer(10)
    progress = meter.read(10.0)
    assert (progress["done"], progress["rowsPerMinute"], progress["secondsLeft"]) == (60, 60.0, 40.0)
    assert (progress["inputTokens"], progress["outputTokens"]) == (10_000, 200)
    assert progress["cost"] == pytest.approx(10 * (100 + 90 + 100) / 1e6)
    assert progress["expectedCost"] == pytest.approx(5 * progress["cost"])


def test_the_rate_is_that_of_the_last_minute() -> None:
    run: Any = Run(1_000)
    meter = ProgressMeter(run, 0.0)
    run.answer(600)
    for second in range(1, 62):
        meter.read(float(second))
    for second in range(62, 122):
        run.answer(1)
        meter.read(float(second))
    assert meter.read(122.0)["rowsPerMinute"] == pytest.approx(60.0, rel=0.05)


def test_the_time_stands_after_the_end_and_goes_on_with_a_retry() -> None:
    run: Any = Run(4)
    meter = ProgressMeter(run, 0.0)
    run.answer(3)
    run.results.fail(3, ValueError())
    run.life.status = RunStatus.DONE
    meter.end(3.0)
    assert [meter.read(now)["seconds"] for now in (3.0, 60.0)] == [3.0, 3.0]
    assert meter.read(60.0)["rowsPerMinute"] == 80.0
    run.life.status = RunStatus.RUNNING
    run.results.move(3, RowStatus.WAITING)
    meter.resume(100.0)
    assert meter.read(101.0)["seconds"] == 4.0


def test_a_pause_says_how_long_it_lasts() -> None:
    run: Any = Run(4)
    run.pace.refused(1.0, 0.0, 30.0)
    assert ProgressMeter(run, 0.0).read(2.0)["slowedUntil"] == 29.0


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        ({}, "120 of 200 rows, 3 failed · 340 rows a minute · 15 s left · $0.12 so far, about $0.20 in all"),
        (
            {"failed": 0, "done": 1_200, "total": 5_000, "slowedUntil": 12.2, "secondsLeft": 4_000.0},
            "1,200 of 5,000 rows · Claude asks to wait 12 s · 340 rows a minute · 1 h 6 min left · $0.12 so far, "
            "about $0.20 in all",
        ),
        ({"cost": None, "rowsPerMinute": None, "secondsLeft": None}, "120 of 200 rows, 3 failed"),
        (
            {"status": "done", "secondsLeft": None, "seconds": 75.0, "cost": 0.00123},
            "120 of 200 rows, 3 failed · 340 rows a minute · 1 min 15 s · $0.0012",
        ),
        (
            {"status": "stopped", "stop_reason": "budget", "secondsLeft": None, "rowsPerMinute": None},
            "120 of 200 rows, 3 failed · stopped: the budget is spent · 30 s · $0.12",
        ),
        (
            {"status": "failed", "secondsLeft": None, "rowsPerMinute": None, "cost": None},
            "120 of 200 rows, 3 failed · stopped: no row could be asked any more · 30 s",
        ),
    ],
)
def test_the_line_says_what_counts(progress: dict[str, Any], line: str) -> None:
    usual = {
        "status": "running", "stop_reason": None, "total": 200, "done": 117, "failed": 3, "rowsPerMinute": 340.2,
        "secondsLeft": 15.4, "seconds": 30.0, "cost": 0.12, "expectedCost": 0.2, "slowedUntil": None,
    }  # fmt: skip
    assert summary({**usual, **progress}) == line
