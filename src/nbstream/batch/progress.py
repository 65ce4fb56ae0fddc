"""Progress of a run: its counts, its rate, the time and the money that are left. There is no clock here."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .run.runner import BatchRun
from .run.state import RowStatus, RunStatus

RATE_WINDOW_SECONDS = 60.0
"""The rate is that of the last minute, so that it follows a server that slows down."""

SAMPLE_SECONDS = 1.0

Progress = dict[str, Any]
"""The progress as pages get it; `js/src/entry/batch.ts` reads the same names."""


class ProgressMeter:
    """Measures the progress of one run.

    Args:
        run: The run.
        now: The time at which it began, in seconds.
    """

    def __init__(self, run: BatchRun, now: float) -> None:
        self._run = run
        self._began_at = now
        self._ended_at: float | None = None
        # Points of time, each with the number of rows that requests had ended by then.
        self._samples: deque[tuple[float, int]] = deque([(now, 0)])

    def resume(self, now: float) -> None:
        """Go on to measure after the end of the run, because rows are asked again."""
        if self._ended_at is not None:
            self._began_at += now - self._ended_at
            self._ended_at = None
        self._samples = deque([(now, self._asked_rows)])

    def end(self, now: float) -> None:
        """Stop the time, because the run has ended."""
        self._ended_at = now

    def read(self, now: float) -> Progress:
        """Return the progress."""
        run, rows = self._run, self._run.results.rows
        rate = self._rows_per_second(now)
        is_running = run.life.status is RunStatus.RUNNING
        left = run.results.rows_left
        usage = run.spending.usage
        cost = run.spending.cost
        return {
            "status": str(run.life.status),
            "stop_reason": run.life.stop_reason,
            "total": len(rows),
            "done": rows.count(RowStatus.DONE),
            "failed": rows.count(RowStatus.FAILED),
            "running": run.running,
            "rowsPerMinute": None if rate is None else round(rate * 60, 1),
            "secondsLeft": round(left / rate, 1) if rate and is_running else None,
            "seconds": round((now if self._ended_at is None else self._ended_at) - self._began_at, 1),
            "inputTokens": _input_tokens(usage),
            "outputTokens": usage.get("output_tokens") or 0,
            "cost": cost,
            "expectedCost": run.spending.expected_cost(left) if is_running and cost is not None else cost,
            "slowedUntil": run.pace.paused_seconds(now) if is_running else None,
            "revision": rows.revision,
        }

    @property
    def _asked_rows(self) -> int:
        rows = self._run.results.rows
        return rows.count(RowStatus.DONE) + rows.count(RowStatus.FAILED) - self._run.known.count

    def _rows_per_second(self, now: float) -> float | None:
        """Return the rate at which requests end; `None` until one has ended."""
        count, samples = self._asked_rows, self._samples
        if self._ended_at is not None:
            now = self._ended_at
        if now - samples[-1][0] >= SAMPLE_SECONDS:
            samples.append((now, count))
        while len(samples) > 1 and samples[0][0] < now - RATE_WINDOW_SECONDS:
            samples.popleft()
        since, before = samples[0]
        return (count - before) / (now - since) if count > before and now > since else None


def summary(progress: Mapping[str, Any]) -> str:
    """Return the progress in one line, as the page's status line has it."""
    done, total, failed = progress["done"], progress["total"], progress["failed"]
    text = f"{done + failed:,} of {total:,} rows"
    if failed:
        text += f", {failed:,} failed"
    parts = [text]
    is_running = progress["status"] == RunStatus.RUNNING
    if not is_running and progress["status"] != RunStatus.DONE:
        parts.append("stopped: " + _REASONS.get(str(progress["stop_reason"]), "no row could be asked any more"))
    if is_running and progress["slowedUntil"]:
        parts.append(f"Claude asks to wait {progress['slowedUntil']:.0f} s")
    if progress["rowsPerMinute"]:
        parts.append(f"{progress['rowsPerMinute']:,.0f} rows a minute")
    if progress["secondsLeft"] is not None:
        parts.append(f"{_duration(progress['secondsLeft'])} left")
    elif not is_running:
        parts.append(_duration(progress["seconds"]))
    if progress["cost"] is not None:
        cost = f"${_dollars(progress['cost'])}"
        expected = progress["expectedCost"]
        if is_running and expected is not None:
            cost += f" so far, about ${_dollars(expected)} in all"
        parts.append(cost)
    return " · ".join(parts)


_REASONS = {
    "user": "by you",
    "interrupt": "the kernel was interrupted",
    "closed": "it was closed",
    "budget": "the budget is spent",
}


def _input_tokens(usage: Mapping[str, Any]) -> int:
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return sum(usage.get(name) or 0 for name in names)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _dollars(usd: float) -> str:
    return f"{usd:.2f}" if usd >= 0.1 or usd == 0 else f"{usd:.4f}"
