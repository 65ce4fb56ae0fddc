"""A log that grows, and those who wait for more of it."""

from __future__ import annotations

import asyncio

from ...core.log import Log


class LogFeed:
    """A log of which readers take what is new, each at its own place and pace. Lives on one loop.

    Nothing is queued for a reader: what it has not taken is the log from its place on.

    Args:
        log: What is read.
        late: Seconds for which it may be behind what its readers have seen elsewhere.

    Attributes:
        ended: Nothing will be added any more.
    """

    def __init__(self, log: Log, late: float = 0.0) -> None:
        self.log = log
        self.late = late
        self.ended = False
        self._waiting: set[asyncio.Future[None]] = set()

    def grown(self) -> None:
        """The log has grown. Called for every token, so it does nothing while nobody waits."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def end(self) -> None:
        """Nothing will be added any more."""
        self.ended = True
        self.grown()

    async def more(self, place: int, seconds: float) -> bool:
        """Wait until there is more than up to a place, or the end; `False` after so many seconds without."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self.log.seq <= place and not self.ended:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                async with asyncio.timeout_at(deadline):
                    await future
            except TimeoutError:
                return False
            finally:
                self._waiting.discard(future)
        return True
