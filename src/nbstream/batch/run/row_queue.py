"""Queue of the rows that are still to be asked, with those that rest after a failure."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class RowQueue:
    """The rows of one run that wait for their turn. Use it on one event loop only.

    Args:
        count: The number of rows, all of which wait at first.
        woken: Called when a row has rested and is the next one.
    """

    def __init__(self, count: int, woken: Callable[[], None]) -> None:
        self._rows = deque(range(count))
        self._resting: dict[int, asyncio.TimerHandle] = {}
        self._woken = woken

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def has_resting(self) -> bool:
        """Whether a row rests."""
        return bool(self._resting)

    def all_rows(self) -> set[int]:
        """Return all rows that wait or rest."""
        return {*self._rows, *self._resting}

    def take(self) -> int:
        """Remove the next row, and return it."""
        return self._rows.popleft()

    def append(self, row: int) -> None:
        """Put a row at the end."""
        self._rows.append(row)

    def put_back(self, row: int) -> None:
        """Make a row the next one."""
        self._rows.appendleft(row)

    def rest(self, row: int, seconds: float) -> None:
        """Let a row rest, and then make it the next one."""
        self._resting[row] = asyncio.get_running_loop().call_later(seconds, self._wake, row)

    def wake_all(self) -> None:
        """Put all rows that rest into the queue, because the run ends."""
        for row, timer in self._resting.items():
            timer.cancel()
            self._rows.appendleft(row)
        self._resting.clear()

    def _wake(self, row: int) -> None:
        del self._resting[row]
        self._rows.appendleft(row)
        self._woken()
