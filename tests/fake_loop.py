"""An event loop for tests of timers: no test sleeps, and each time is exact."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Any


class FakeLoop:
    """An event loop whose clock the test turns; `loop` and `post` make it a loop for replies too.

    Attributes:
        now: The time of its clock, in seconds.
    """

    def __init__(self) -> None:
        self.now = 100.0
        self.loop = self
        self._order = count()
        self._due: list[tuple[float, int, asyncio.TimerHandle]] = []

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def call_later(self, seconds: float, function: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self.now + seconds, function, args, self)  # type: ignore[arg-type]
        heapq.heappush(self._due, (handle.when(), next(self._order), handle))
        return handle

    def post(self, function: Callable[..., object], *args: Any) -> None:
        function(*args)

    def turn(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, handle = heapq.heappop(self._due)
            if not handle.cancelled():
                handle._run()
        self.now = end
