"""A bad link: between the browser and JupyterLab, cut and slowed as told."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from threaded import ThreadedServer

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends a reset, and what is in the buffers is lost."""

CHUNK = 65_536


class Proxy(ThreadedServer):
    """Passes TCP connections on to a port, on a thread of its own; use it as a context manager.

    Attributes:
        target: The port of new connections.
        delay: Seconds that bytes are held back, either way.
        rate: Bytes a second of each connection and way; `None` does not slow it.
    """

    def __init__(self, target: int) -> None:
        super().__init__("proxy")
        self.target = target
        self.delay = 0.0
        self.rate: float | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._away = False

    @property
    def url(self) -> str:
        """Where the browser finds what is behind."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self, *, away: float = 0.0, reset: bool = True) -> None:
        """Cut all connections, and refuse new ones for a while.

        Args:
            away: Seconds for which the server cannot be reached.
            reset: Both ends see a reset; otherwise an orderly end.
        """
        self._do(lambda: self._cut(reset, away))

    def leave(self) -> None:
        """Cut all connections and refuse new ones until `come_back`."""
        self._do(lambda: self._cut(True, None))

    def come_back(self) -> None:
        """Let new connections through."""
        self._do(self._back)

    def freeze(self, frozen: bool = True) -> None:
        """Hold all bytes back, with the connections open, or let them go on."""
        self._do(self._flowing.clear if frozen else self._flowing.set)

    def _do(self, act: Callable[[], None]) -> None:
        async def go() -> None:
            act()

        asyncio.run_coroutine_threadsafe(go(), self._loop).result(5)

    def _cut(self, reset: bool, away: float | None) -> None:
        self._away = away is None or away > 0
        if away:
            self._loop.call_later(away, self._back)
        for writer in self._writers:
            end(writer, reset)

    def _back(self) -> None:
        self._away = False

    async def _close(self) -> None:
        for writer in self._writers:
            end(writer, True)
        await super()._close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._away:
            end(writer, True)
            return
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.CancelledError):
                there, back = await asyncio.open_connection("127.0.0.1", self.target)
                self._writers.add(back)
                try:
                    await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
                finally:
                    self._writers.discard(back)
                    back.close()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if wait := self.delay + (len(data) / self.rate if self.rate else 0.0):
                await asyncio.sleep(wait)
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


def end(writer: asyncio.StreamWriter, reset: bool) -> None:
    """End a connection at once."""
    if reset and (sock := writer.get_extra_info("socket")) is not None:
        # Its other end may have closed it already.
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
    else:
        writer.close()
