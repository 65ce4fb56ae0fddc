"""Limits of connections that an ASGI app cannot enforce, as a protocol class for uvicorn.

An app never sees a request that stays incomplete, and of a reader that stalls it only learns that it may not send.
Each of these costs a connection, so a few thousand of them would take the server over.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Windows has neither module.
with suppress(ImportError):
    import fcntl
    import termios

HEAD_BYTES = 16_384
"""The largest head of a request. Browsers send about 1,000 bytes, and on localhost the cookies of every server
that ever ran there. h11 and Node have the same limit."""

PIECE_BYTES = 2_048
"""Size of the pieces that h11 gets. h11 measures a head only while it is incomplete, so a head of 200,000 bytes
that arrived in one read would pass. With pieces, a head has at most `HEAD_BYTES` and one piece more."""

READ_BYTES = 8_192
"""Bytes that are read of one connection before the other connections get their turn. asyncio reads 256 KB. That
blocked the loop for 0.6 s when each byte of a body was a chunk of its own, and any stranger could send such a
body."""

HEAD_SECONDS = 10.0
"""Time within which a request's head must arrive, from the start of the connection or from the first byte after a
response. On the worst lines a kilobyte takes a second, and a lost packet three."""

UNSENT_BYTES = 16_384
"""Bytes that the operating system buffers for a reader, beside those on their way. Without this limit the buffer
of each stalled reader grows to megabytes, and text in it can no longer be merged."""

STALL_SECONDS = 60.0
"""Time for which a reader may take no byte at all while bytes wait for it. It is the usual read timeout of
proxies. (The system's TCP_USER_TIMEOUT cannot replace it: in a measurement it dropped readers that took 1,000
bytes a second.)"""

STALL_CHECKS = 4
"""How often the progress of a reader is checked within `STALL_SECONDS`."""


class LimitedProtocol(H11Protocol):
    """A connection of uvicorn's with limits. Pass the class as `http=` to `uvicorn.Config`."""

    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _pending_bytes = 0
    _last_progress_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Limit the buffers of a new connection, and start the timer for the head of its first request."""
        super().connection_made(transport)
        # With 0, `pause_writing` is called for the first byte that waits, so the end of an answer is timed too.
        transport.set_write_buffer_limits(high=0)
        # uvloop has no such attribute; it reads 64 KB.
        with suppress(AttributeError):
            transport.max_size = READ_BYTES  # type: ignore[attr-defined]
        _limit_buffers(transport.get_extra_info("socket"))
        self._update_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers of a closed connection."""
        _cancel(self._head_timer)
        _cancel(self._stall_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass a client's bytes on, in pieces so small that h11 notices a head that is too long."""
        for start in range(0, len(data), PIECE_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE_BYTES])
        self._update_head_timer()

    def _update_head_timer(self) -> None:
        """Limit the time for a request's head. While the app handles a request, its own limit for bodies holds."""
        if self.cycle is not None and not self.cycle.response_complete:
            _cancel(self._head_timer)
            self._head_timer = None
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are not HTTP. If a response has begun, abort: h11 would raise at a second one."""
        if self.conn.our_state is h11.IDLE:
            super().send_400_response(msg)
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        """Start to watch the reader's progress, because bytes wait for it."""
        super().pause_writing()
        self._pending_bytes = self._count_pending_bytes()
        self._last_progress_at = self.loop.time()
        self._schedule_stall_check()

    def resume_writing(self) -> None:
        """Stop watching the reader, because it has taken all bytes that waited."""
        _cancel(self._stall_timer)
        super().resume_writing()

    def _count_pending_bytes(self) -> int:
        """Count the bytes that wait in asyncio and in the system.

        In asyncio alone, progress would show only after 25,000 bytes (measured).
        """
        buffered = self.transport.get_write_buffer_size()
        connection = self.transport.get_extra_info("socket")
        return buffered + (0 if connection is None else _unsent_bytes(connection))

    def _schedule_stall_check(self) -> None:
        self._stall_timer = self.loop.call_later(STALL_SECONDS / STALL_CHECKS, self._check_stall)

    def _check_stall(self) -> None:
        pending_bytes = self._count_pending_bytes()
        if pending_bytes != self._pending_bytes:
            self._pending_bytes = pending_bytes
            self._last_progress_at = self.loop.time()
        if self.loop.time() - self._last_progress_at >= STALL_SECONDS:
            self.transport.abort()
        else:
            self._schedule_stall_check()

    def shutdown(self) -> None:
        """Close the connection of a running stream. uvicorn would wait for it, and then print a traceback."""
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _unsent_bytes(connection: socket.socket) -> int:
    """Count the bytes that the system has not delivered to the reader; 0 if it cannot tell."""
    with suppress(NameError, OSError):
        return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return 0


def _limit_buffers(connection: socket.socket | None) -> None:
    """Limit the system's send buffer, and turn on TCP_NODELAY, on systems that have these options."""
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        # asyncio sets TCP_NODELAY only if the listening socket names TCP as its protocol. The socket of uvicorn's
        # workers does not, and then a frame waits up to 40 ms for the acknowledgement of the frame before it.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
