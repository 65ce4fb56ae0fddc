"""TCP server on a thread and a loop of its own, which tests start and stop."""

from __future__ import annotations

import asyncio
import threading
from typing import Self
from weakref import WeakSet

ACCEPT_TURNS = 5
"""Number of loop turns within which an accepted connection reaches `_connect`; asyncio needs two."""


class ThreadedServer:
    """Server whose `_serve` handles a connection. Use it as a context manager.

    At its end it closes the connections that it has accepted and those in `_transports`.
    """

    port: int

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._transports: WeakSet[asyncio.WriteTransport] = WeakSet()

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._connect, "127.0.0.1", 0, backlog=1_024)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _close(self) -> None:
        for listening_socket in self._server.sockets:
            self._loop.remove_reader(listening_socket.fileno())
        # A page that is closed opens one more connection for its last frame. If the server closes after this
        # connection was accepted and before its transport exists, an assertion in asyncio (3.11) fails and the
        # transport stays open.
        for _ in range(ACCEPT_TURNS):
            await asyncio.sleep(0)
        self._server.close()
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Data that the peer never reads is never flushed; a transport that waits for it would outlive its loop.
        for transport in [*self._transports]:
            transport.abort()
        await asyncio.sleep(0)

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._transports.add(writer.transport)
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError
