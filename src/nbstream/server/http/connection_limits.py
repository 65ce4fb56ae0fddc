"""The outer wall: what an ASGI app cannot see of its connections.

A request that never becomes whole is no request to the app, and of a reader that takes nothing it learns only that
it may not send. Both cost a connection each, and whoever has a few thousand of them has the server.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Windows has neither.
with suppress(ImportError):
    import fcntl
    import termios

HEAD_BYTES = 16_384
"""The most a request's head may have. Browsers send about 1,000 bytes, and on localhost the cookies of every
server that ever ran there; it is h11's and Node's figure too."""

PIECE_BYTES = 2_048
"""How much is given to h11 at once: it measures a head only while it is incomplete, and a head of 200,000 bytes
that came in one read would pass. So one may have `HEAD_BYTES` and at most a piece more."""

READ_BYTES = 8_192
"""How much is read of a connection before the others have their turn. asyncio's own figure is 256 KB, which held
the loop for 0.6 s where each byte of a body was a chunk of its own, before anybody was asked for a token."""

HEAD_SECONDS = 10.0
"""How long a request's head may take, from the connection's beginning or from the first byte after an answer. A
kilobyte takes a second on the worst of lines, and a lost packet three."""

UNSENT_BYTES = 16_384
"""What the system keeps for a reader beyond what is under way to it. Left alone that grows to megabytes for each
that stalls, full of text that is not merged any more."""

STALL_SECONDS = 60.0
"""How long a reader may take nothing at all while bytes wait for it. It is a proxy's usual read time-out. (The
system's TCP_USER_TIMEOUT is no substitute: it dropped readers that took 1,000 bytes a second, measured.)"""

LOOKS = 4
"""How often a reader is looked at in `STALL_SECONDS`."""


class LimitedProtocol(H11Protocol):
    """One connection of a server: uvicorn's own, with limits. It is passed as `http=` of `uvicorn.Config`."""

    _head: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _waiting = 0
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; the time for its first request's head begins."""
        super().connection_made(transport)
        # 0: the clock of a stall begins with the first byte that waits, also with the last ones of an answer.
        transport.set_write_buffer_limits(high=0)
        # uvloop has no such thing, and reads 64 KB.
        with suppress(AttributeError):
            transport.max_size = READ_BYTES  # type: ignore[attr-defined]
        _bound(transport.get_extra_info("socket"))
        self._time_the_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, and so is every clock of it."""
        _cancel(self._head)
        _cancel(self._stall)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a client, in pieces that h11 can measure."""
        for start in range(0, len(data), PIECE_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE_BYTES])
        self._time_the_head()

    def _time_the_head(self) -> None:
        """Nobody waits for a client for ever, unless the app does: it has its own time for a body."""
        if self.cycle is not None and not self.cycle.response_complete:
            _cancel(self._head)
            self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP. Where an answer has begun, uvicorn would begin another one, and h11 raise."""
        if self.conn.our_state is h11.IDLE:
            super().send_400_response(msg)
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        """Bytes wait for the reader: from here on it is looked at."""
        super().pause_writing()
        self._waiting = self._not_taken()
        self._since = self.loop.time()
        self._look_again()

    def resume_writing(self) -> None:
        """The reader has taken all that waited."""
        _cancel(self._stall)
        super().resume_writing()

    def _not_taken(self) -> int:
        """Bytes that wait, here and in the system: those here move only when 25,000 have gone (measured)."""
        here = self.transport.get_write_buffer_size()
        connection = self.transport.get_extra_info("socket")
        return here + (0 if connection is None else _queued(connection))

    def _look_again(self) -> None:
        self._stall = self.loop.call_later(STALL_SECONDS / LOOKS, self._look)

    def _look(self) -> None:
        waiting = self._not_taken()
        if waiting != self._waiting:
            self._waiting = waiting
            self._since = self.loop.time()
        if self.loop.time() - self._since >= STALL_SECONDS:
            self.transport.abort()
        else:
            self._look_again()

    def shutdown(self) -> None:
        """The server ends. A stream has no end to wait for: uvicorn would, and then print a traceback of each."""
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _queued(connection: socket.socket) -> int:
    """Bytes that the system has not brought to the reader; 0 where it cannot say."""
    with suppress(NameError, OSError):
        return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return 0


def _bound(connection: socket.socket | None) -> None:
    """Bound what the system keeps, and send at once; where it cannot be told so, it does as it does."""
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        # asyncio does so only where the socket that is listened on says TCP, which that of uvicorn's workers does
        # not: a frame waits up to 40 ms for the one before it to be acknowledged.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
