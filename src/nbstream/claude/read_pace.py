"""Pace at which the bytes of one response are read, where they are not needed sooner.

Every read wakes the event loop and passes through all layers of the HTTP library, which costs ten times as much
CPU as to decode a token. A fast answer comes in many small parts. Parts that wait a moment in the buffer of the
operating system are read together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

READ_INTERVAL_SECONDS = 0.01
"""The least time between two reads, as long as the text is not needed. At 400 tokens a second a read gets four
tokens, and the kernel uses 0.6 of the CPU. With 20 ms it would be 0.45, but text that fills a frame before its
time would come that much later.
"""

FULL_READ_BYTES = 4096
"""After a read of this size, which is some 40 tokens, the next one follows at once. To wait would save little, and
would hold up an answer that comes as fast as the server can send."""

SlackSeconds = Callable[[], float]
"""Returns for how many seconds new bytes may stay unread without a difference to anybody."""

Read = Callable[..., Awaitable[bytes]]


class ReadPace:
    """Reads from a connection at its pace.

    Args:
        read: Reads from the connection.
        slack_seconds: Asked before a read that would follow another one too soon.
        clock: Returns the seconds of a monotonic clock.
        sleep: Waits for some seconds.
    """

    def __init__(
        self,
        read: Read,
        slack_seconds: SlackSeconds,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._read = read
        self._slack_seconds = slack_seconds
        self._clock = clock
        self._sleep = sleep
        self._next_at = 0.0

    async def read(self, *args: Any, **options: Any) -> bytes:
        """Wait until the bytes are needed or the interval is over, and read with these arguments."""
        seconds = self._next_at - self._clock()
        if seconds > 0 and (seconds := min(seconds, self._slack_seconds())) > 0:
            await self._sleep(seconds)
        chunk = await self._read(*args, **options)
        self._next_at = self._clock() + READ_INTERVAL_SECONDS if len(chunk) < FULL_READ_BYTES else 0.0
        return chunk


@contextmanager
def paced(response: httpx2.Response, slack_seconds: SlackSeconds) -> Iterator[None]:
    """Read the body of a response at its pace, until the context is left.

    Nothing changes where the connection is not known, as in a browser, or where requests share it (HTTP/2).
    """
    connection: Any = response.extensions.get("network_stream")
    if not hasattr(connection, "__dict__") or response.http_version != "HTTP/1.1":
        yield
        return
    connection.read = ReadPace(connection.read, slack_seconds).read
    try:
        yield
    finally:
        # The connection may serve another request.
        del connection.read
