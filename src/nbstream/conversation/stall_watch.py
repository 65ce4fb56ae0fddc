"""When nothing comes from Claude: the reader is told, and a silence that lasts has an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..core.stall import END_AFTER, SAY_AFTER, StallTimer


class StallWatch:
    """Watches one request after the other for signs of life. Lives on one loop, and only there.

    Args:
        clock: Seconds of a monotonic clock.
        tell: Called when something is to be said of it: since when nothing has come, and when Claude is asked
            again, where the API said to wait.
        give_up: Called when it has lasted too long.

    Attributes:
        is_over: It has lasted too long.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        tell: Callable[[float, float | None], None],
        give_up: Callable[[], None],
    ) -> None:
        self.is_over = False
        self._clock = clock
        self._tell = tell
        self._give_up = give_up
        self._patience = StallTimer(0.0)

    @property
    def end_after(self) -> float:
        """Seconds of silence that are too long."""
        return self._patience.end_after

    @contextmanager
    def watched(self, name: str) -> Iterator[None]:
        """Watch a request; `name` is the task's."""
        self._patience = StallTimer(self._clock(), say_after=SAY_AFTER, end_after=END_AFTER)
        watch = asyncio.create_task(self._watch(), name=name)
        try:
            yield
        finally:
            watch.cancel()

    def heard(self) -> None:
        """A sign of life."""
        now = self._clock()
        if self._patience.heard(now):
            self._tell(now, None)

    def held(self, seconds: float) -> None:
        """The API said to wait so long."""
        now = self._clock()
        self._patience.wait(now, seconds)
        self._tell(now, now + seconds)

    async def _watch(self) -> None:
        while True:
            now = self._clock()
            if self._patience.is_over(now):
                self.is_over = True
                self._give_up()
                return
            if self._patience.is_to_say(now):
                self._tell(self._patience.since, None)
            due = self._patience.due_at()
            await asyncio.sleep(due - now)
            self._patience.excuse(self._clock() - due)
