"""Protocol class for uvicorn with limits of connections that an ASGI app cannot enforce.

An ASGI app is not called for a request that stays incomplete. If a reader stalls, the app only learns that it has
to wait. Each such client keeps a connection open, so a few thousand of them would use up all connections of the
server.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .limited_parser import LimitedParser

# Windows has neither of these modules.
with suppress(ImportError):
    import fcntl
    import termios

HEAD_BYTES = 16_384
"""The largest head of a request. Browsers send about 1,000 bytes. To localhost they also send the cookies of every
server that ever ran there. h11 and Node have the same limit."""

PIECE_BYTES = 2_048
"""Size of the pieces in which received bytes are passed to h11. h11 checks the size of a head only while the head
is incomplete, so it would accept a head of 200,000 bytes that arrived in one read. With pieces, an accepted head
has at most `HEAD_BYTES` plus one piece."""

READ_BYTES = 8_192
"""The most bytes that are read from one connection at a time. asyncio reads up to 256 KB. When a client sent a
body in which each byte was a chunk of its own, handling one such read blocked the loop for 0.6 s. Any stranger can
send such a body."""

HEAD_SECONDS = 10.0
"""Time within which a request's head must arrive. It is counted from the start of the connection, or from the
first byte after a response. On the worst connections, a kilobyte takes a second and a lost packet three
seconds."""

MAX_CONNECTIONS = 2_000
"""Connections above which each further one closes another that waits for a request. They are half of the files
that the process may have open (`run.OPEN_FILES`). Without this limit, a stranger with as many connections as files
left none for others, and no file for requests to Claude."""

LINGER_SECONDS = 2.0
"""Time for which the rest of a body is thrown away once its answer is out. If the connection were closed at once,
the system would reset it, and the client would lose the answer."""

LINGER_BYTES = 1_000_000
"""Bytes of such a body after which the connection is closed at once."""

UNSENT_BYTES = 16_384
"""The most bytes that the operating system buffers for a reader and has not sent yet. Without this limit, the
buffer of each stalled reader grows to megabytes, and text in that buffer can no longer be merged into fewer
events."""

STALL_SECONDS = 60.0
"""Time after which a reader is dropped if bytes wait for it and it accepts none. It is the usual read timeout of
proxies. The operating system's TCP_USER_TIMEOUT cannot replace this check: in a measurement it dropped readers
that accepted 1,000 bytes a second."""

STALL_CHECKS = 4
"""The number of checks of a reader's progress within `STALL_SECONDS`."""


class LimitedProtocol(H11Protocol):
    """uvicorn's class for a connection, with limits added. Pass this class as `http=` to `uvicorn.Config`."""

    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _linger_timer: asyncio.TimerHandle | None = None
    _pending_bytes = 0
    _last_progress_at = 0.0
    _discarded_bytes = 0

    def __init__(self, config: uvicorn.Config, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        self.conn = LimitedParser(h11.SERVER, config.h11_max_incomplete_event_size or HEAD_BYTES)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Limit the buffers of a new connection, and start the timer for the head of its first request."""
        super().connection_made(transport)
        # With a limit of 0, `pause_writing` is called as soon as one byte waits. So a reader is also watched while
        # it accepts the last bytes of an answer.
        transport.set_write_buffer_limits(high=0)
        # uvloop's transports do not have this attribute. They read up to 64 KB.
        with suppress(AttributeError):
            transport.max_size = READ_BYTES  # type: ignore[attr-defined]
        _limit_buffers(transport.get_extra_info("socket"))
        self._update_head_timer()
        if len(self.connections) > MAX_CONNECTIONS:
            self._close_idle_connection()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers of a closed connection."""
        _cancel(self._head_timer)
        _cancel(self._stall_timer)
        _cancel(self._linger_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass a client's bytes on, in pieces so small that h11 notices a head that is too long."""
        if self._linger_timer is not None:
            self._discarded_bytes += len(data)
            if self._discarded_bytes > LINGER_BYTES:
                self.transport.abort()
            return
        for start in range(0, len(data), PIECE_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE_BYTES])
        self._update_head_timer()

    @property
    def _is_idle(self) -> bool:
        """Whether no request is being handled; its head may be on its way."""
        return self.cycle is None or self.cycle.response_complete

    def _close_idle_connection(self) -> None:
        """Close another connection on which no request is being handled, if there is one."""
        others = (other for other in self.connections if isinstance(other, LimitedProtocol) and other is not self)
        for other in others:
            if other._is_idle and not other.transport.is_closing():
                other.transport.abort()
                return

    def _update_head_timer(self) -> None:
        """Limit the time for a request's head. While the app handles a request, its own limit for bodies holds."""
        if not self._is_idle:
            _cancel(self._head_timer)
            self._head_timer = None
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def on_response_complete(self) -> None:
        """Go on to the next request, or close a connection whose body goes on although the answer is out."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            # The bytes of this body are not even parsed, so a refused request costs no more work.
            self._linger_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
            if self.transport.can_write_eof():
                self.transport.write_eof()

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
        """Count the bytes that wait in asyncio's buffer and in the operating system's.

        The count in asyncio's buffer alone would change only after a reader has accepted 25,000 bytes (measured).
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
        """Shut the connection down, and abort it if a stream is running.

        uvicorn would wait for the end of the stream, and print a traceback after its timeout.
        """
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _unsent_bytes(connection: socket.socket) -> int:
    """Count the bytes that the operating system has not delivered to the reader; 0 if the system cannot tell."""
    with suppress(NameError, OSError):
        return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return 0


def _limit_buffers(connection: socket.socket | None) -> None:
    """Limit the operating system's send buffer, and turn on TCP_NODELAY, on systems that have these options."""
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        # asyncio sets TCP_NODELAY only if the listening socket names TCP as its protocol. The socket that uvicorn
        # passes to its worker processes does not. Without TCP_NODELAY, a frame waits up to 40 ms for the
        # acknowledgement of the previous frame.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
