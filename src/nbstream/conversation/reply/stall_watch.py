"""Watch for stalls of a request: reports a stall to the page, and aborts a request that stays silent too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...core.stall import EXPIRE_AFTER_SECONDS, REPORT_AFTER_SECONDS, StallTimer


class StallWatch:
    """Watches for stalls, in one request at a time. Use it on one event loop only.

    Args:
        clock: Returns the seconds of a monotonic clock.
        report: Called when the page should show that a stall has begun or ended. Its arguments are the time of the
            latest byte, and the time at which the SDK repeats the request if the API said to wait, else `None`.
        abort: Called when a stall has lasted too long.

    Attributes:
        timed_out: Whether a stall has lasted too long.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        report: Callable[[float, float | None], None],
        abort: Callable[[], None],
    ) -> None:
        self.timed_out = False
        self._clock = clock
        self._report = report
        self._abort = abort
        self._timer = StallTimer(0.0)

    @property
    def end_after(self) -> float:
        """Seconds without a byte after which a request is aborted."""
        return self._timer.expire_after_seconds

    @contextmanager
    def watch(self, name: str, timeout_seconds: float | None = None) -> Iterator[None]:
        """Watch one request.

        Args:
            name: The name of the watching task.
            timeout_seconds: Silence after which the request is aborted; by default `EXPIRE_AFTER_SECONDS`.
        """
        self._timer = StallTimer(
            self._clock(),
            report_after_seconds=REPORT_AFTER_SECONDS,
            expire_after_seconds=EXPIRE_AFTER_SECONDS if timeout_seconds is None else timeout_seconds,
        )
        task = asyncio.create_task(self._run_timer(), name=name)
        try:
            yield
        finally:
            task.cancel()

    def activity(self) -> None:
        """Record that a byte has arrived."""
        now = self._clock()
        if self._timer.activity(now):
            self._report(now, None)

    def backing_off(self, seconds: float) -> None:
        """Record that the SDK waits for `seconds` before it repeats the request, because the API said to wait."""
        now = self._clock()
        self._timer.back_off(now, seconds)
        self._report(now, now + seconds)

    async def _run_timer(self) -> None:
        while True:
            now = self._clock()
            if self._timer.expired(now):
                self.timed_out = True
                self._abort()
                return
            if self._timer.should_report(now):
                self._timer.reported = True
                self._report(self._timer.since, None)
            due = self._timer.due_at()
            await asyncio.sleep(due - now)
            self._timer.discount(self._clock() - due)
