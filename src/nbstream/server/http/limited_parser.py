"""h11's parser of requests, which refuses heads of very many lines and bodies of small chunks or two lengths."""

from __future__ import annotations

import re
from typing import Any

import h11

HEAD_END = re.compile(rb"\n\r?\n")
"""The end of a head, as h11 knows it."""

LAST_CHUNK = re.compile(rb"\r?\n?0+[ \t]*(?:;[^\r\n]*)?\r?\n")
"""The line of a body's last chunk, behind which lines like those of a head may follow (RFC 9112, 7.1.2)."""

BODY_LENGTHS = {b"content-length", b"transfer-encoding"}
"""Headers that both tell where a body ends. A proxy that believes the other one of the two than h11 does takes a
part of the body for another request, or the other way round; so a server may refuse such a request (RFC 9112,
6.3)."""

MAX_HEAD_LINES = 128
"""Lines of a head, and of what follows a body's last chunk. h11 takes 10 us for a line of any length: twenty
strangers whose heads had a thousand short lines made all callers wait 0.4 s. Browsers send some 20 lines, proxies
add a few, and Apache takes 100."""

MAX_FREE_CHUNKS = 64
"""Chunks of a body that may be of any size."""

MIN_CHUNK_BYTES = 64
"""Average size of all further chunks. h11 takes 40 us for a chunk of any size, so 8,192 bytes of one-byte chunks
take 55 ms: five connections that sent nothing else delayed others by 0.3 s. Clients send chunks of kilobytes."""


class LimitedParser(h11.Connection):
    """A connection of h11's that refuses heads of very many lines and bodies of small chunks or two lengths."""

    _chunks = 0
    _body_bytes = 0
    _may_be_last_chunk = False
    _is_behind_body = False

    def next_event(self) -> Any:
        """Return the next event; raise `h11.RemoteProtocolError` at a line or a chunk that is one too many."""
        self._check_lines(self.trailing_data[0])
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            self._may_be_last_chunk = b"transfer-encoding" in names
            if names >= BODY_LENGTHS:
                raise h11.RemoteProtocolError("The request has two lengths.")
        if isinstance(event, h11.Data):
            self._may_be_last_chunk = event.chunk_end
            self._chunks += event.chunk_end
            self._body_bytes += len(event.data)
            if self._chunks > MAX_FREE_CHUNKS + self._body_bytes // MIN_CHUNK_BYTES:
                raise h11.RemoteProtocolError("The chunks of the body are too small.")
        return event

    def _check_lines(self, received: bytes) -> None:
        if self._may_be_last_chunk and (last := LAST_CHUNK.match(received)):
            self._is_behind_body = True
            received = received[last.end() :]
        is_behind_body = self._is_behind_body and self.their_state is h11.SEND_BODY
        if is_behind_body and received.startswith((b"\n", b"\r\n")):
            return
        if is_behind_body or self.their_state is h11.IDLE:
            end = HEAD_END.search(received)
            if received.count(b"\n", 0, end.start() if end else None) >= MAX_HEAD_LINES:
                raise h11.RemoteProtocolError("The head has too many lines.", 431)

    def start_next_cycle(self) -> None:
        """Count the chunks and lines of the next request from zero."""
        super().start_next_cycle()
        self._chunks = self._body_bytes = 0
        self._may_be_last_chunk = self._is_behind_body = False
