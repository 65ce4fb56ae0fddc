"""Log whose readers can wait until it grows."""

from __future__ import annotations

import asyncio

from ...core.log import Log


class LogFeed:
    """A log that each reader follows from its own position and at its own pace. Use it on one event loop only.

    There is no queue for each reader. If a reader is slow, the events that it still needs are in the log.

    Args:
        log: The log that readers follow.
        lag_seconds: If the log is a copy, the longest time by which it may be behind the original.

    Attributes:
        is_closed: Whether the log is complete.
    """

    def __init__(self, log: Log, lag_seconds: float = 0.0) -> None:
        self.log = log
        self.lag_seconds = lag_seconds
        self.is_closed = False
        self._waiters: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake all waiting readers. It is called for every token, so it returns quickly if no reader waits."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            _wake(waiter)

    def close(self) -> None:
        """Mark the log as complete and wake all waiting readers."""
        self.is_closed = True
        self.notify()

    async def wait_beyond(self, position: int, timeout_seconds: float) -> bool:
        """Wait until the log has something after a position, or is closed.

        Returns:
            `False` if the timeout came first.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while self.log.seq <= position and not self.is_closed:
            if loop.time() >= deadline:
                return False
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters.add(waiter)
            # A timer costs a quarter of `asyncio.timeout`, and this runs for every token of every reader.
            timer = loop.call_at(deadline, _wake, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiters.discard(waiter)
        return True


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
