"""A proxy between the browser and a server that can cut, hold and slow its connections: a bad link for tests."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from threaded import ThreadedServer

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with a timeout of zero: closing the socket sends a reset, and the buffered bytes are lost."""

CHUNK_BYTES = 65_536


class Proxy(ThreadedServer):
    """A TCP proxy to a port of this machine, on a thread of its own; use it as a context manager.

    Attributes:
        target: The port to which new connections go.
        delay_seconds: The time for which bytes are held back in either direction.
        bytes_per_second: The rate of each connection in each direction; `None` does not limit it.
    """

    def __init__(self, target: int) -> None:
        super().__init__("proxy")
        self.target = target
        self.delay_seconds = 0.0
        self.bytes_per_second: float | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._is_away = False

    @property
    def url(self) -> str:
        """The address at which a browser reaches the server."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self, *, away_seconds: float = 0.0, reset: bool = True) -> None:
        """Cut all connections, and refuse new ones for a while.

        Args:
            away_seconds: The time for which the server cannot be reached.
            reset: Whether both ends see a reset; otherwise they see an orderly end.
        """
        self._do(lambda: self._cut(reset, away_seconds))

    def disconnect(self) -> None:
        """Cut all connections and refuse new ones until `reconnect`."""
        self._do(lambda: self._cut(True, None))

    def reconnect(self) -> None:
        """Let new connections through."""
        self._do(self._accept_again)

    def freeze(self, frozen: bool = True) -> None:
        """Hold all bytes back while the connections stay open, or let the bytes flow again."""
        self._do(self._flowing.clear if frozen else self._flowing.set)

    def _do(self, act: Callable[[], None]) -> None:
        async def go() -> None:
            act()

        asyncio.run_coroutine_threadsafe(go(), self._loop).result(5)

    def _cut(self, reset: bool, away_seconds: float | None) -> None:
        self._is_away = away_seconds is None or away_seconds > 0
        if away_seconds:
            self._loop.call_later(away_seconds, self._accept_again)
        for writer in self._writers:
            close_connection(writer, reset)

    def _accept_again(self) -> None:
        self._is_away = False

    async def _close(self) -> None:
        for writer in self._writers:
            close_connection(writer, True)
        await super()._close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_away:
            close_connection(writer, True)
            return
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.CancelledError):
                upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self.target)
                self._writers.add(upstream)
                try:
                    await asyncio.gather(self._copy(reader, upstream), self._copy(upstream_reader, writer))
                finally:
                    self._writers.discard(upstream)
                    upstream.close()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if seconds := self.delay_seconds + len(data) / (self.bytes_per_second or math.inf):
                await asyncio.sleep(seconds)
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


def close_connection(writer: asyncio.StreamWriter, reset: bool) -> None:
    """Close a connection at once, with a reset or in order."""
    if reset and (sock := writer.get_extra_info("socket")) is not None:
        # The other end may have closed the connection already.
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
    else:
        writer.close()
