"""Response that streams a conversation as server-sent events, from a position on, as fast as its reader reads."""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...core.outbox import FRAME_INTERVAL_SECONDS
from ...core.sse_events import EventConverter, encode_event
from ..errors import Refused
from .stream_source import StreamSource

HEARTBEAT_SECONDS = 15.0
"""Time without an event after which a comment is sent. Proxies end a connection after 60 s of silence (nginx's
`proxy_read_timeout`). If two or three comments are missing, a page treats its connection as lost."""

STALLED_READER_SECONDS = 60.0
"""Time after which a reader that accepts no data is dropped."""

HEARTBEAT_COMMENT = b": heartbeat\n"
"""A comment line that is not followed by a blank line. A blank line ends an event. `httpx-sse` and the SDK's
decoder keep the id of the last event, so at a blank line after the comment they would dispatch an event without
data."""

CHUNK_CHARS = 16_384
"""The longest part of the log that is read at a time. Each character of text counts one, and so does each op that
is not text. A reader holds no more text than this in memory, in addition to the buffers of its connection."""

UNKNOWN_POSITION = "Last-Event-ID is not an event of this stream; send the id of the last event as it came."

LOST_POSITION = "The rest of this answer was lost with the server that wrote it; ask again."

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    # These headers keep proxies from compressing or buffering the response, which would delay the events.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Connection": "keep-alive",
}


class SSEResponse:
    """An ASGI app that sends a stream's events to one reader.

    Args:
        stream: The stream that is read.
        position: The reader's position in the stream's log.
        ends_with_204: Whether a reader who has the whole stream is told so with status 204. An `EventSource` stops
            asking then; it takes the end of any other response for a lost connection.
        interval_seconds: Pause between two writes. The text that arrives during the pause is sent in one write.
        heartbeat_seconds: Time without an event after which a comment is sent.
        stalled_seconds: Time after which a reader that accepts no data is dropped.
    """

    def __init__(
        self,
        stream: StreamSource,
        position: int,
        *,
        ends_with_204: bool = False,
        interval_seconds: float = FRAME_INTERVAL_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        stalled_seconds: float = STALLED_READER_SECONDS,
    ) -> None:
        self._stream = stream
        self._position = position
        self._ends_with_204 = ends_with_204
        self._interval_seconds = interval_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._stalled_seconds = stalled_seconds
        self._writing_since: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the stream ends or the reader disconnects.

        Raises:
            Refused: The stream's log does not reach the reader's position.
        """
        tasks: list[asyncio.Task[None]] = []
        # The reader is counted before anything is awaited, because a stream without readers may be removed.
        self._stream.attach()
        try:
            await self._wait_for_position()
            feed = self._stream.feed
            if self._ends_with_204 and feed.is_closed and feed.log.seq == self._position:
                await Response(status_code=204)(scope, receive, send)
                return
            sender = asyncio.create_task(self._send_events(send))
            tasks = [sender, asyncio.create_task(_wait_for_disconnect(receive))]
            await self._wait_for_end(tasks)
        finally:
            self._stream.detach()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        # If the reader has stalled, no error is raised. The response is not complete, so the server closes the
        # connection.
        error = None if sender.cancelled() else sender.exception()
        if error is not None:
            raise error

    async def _wait_for_end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait until one of the tasks has ended, or the reader has accepted no data for too long."""
        loop = asyncio.get_running_loop()
        seconds = self._stalled_seconds
        # One timer for the whole response costs far less than one for each write.
        while seconds > 0 and not (await asyncio.wait(tasks, timeout=seconds, return_when=FIRST_COMPLETED))[0]:
            since = self._writing_since
            seconds = self._stalled_seconds - (0.0 if since is None else loop.time() - since)

    async def _wait_for_position(self) -> None:
        feed = self._stream.feed
        await feed.wait_beyond(self._position - 1, feed.lag_seconds)
        if feed.log.seq >= self._position:
            return
        if feed.lag_seconds and feed.is_closed:
            raise Refused(410, LOST_POSITION)
        raise Refused(400, UNKNOWN_POSITION)

    async def _send_events(self, send: Send) -> None:
        loop = asyncio.get_running_loop()

        async def write(data: bytes, more: bool = True) -> None:
            self._writing_since = loop.time()
            await send({"type": "http.response.body", "body": data, "more_body": more})
            self._writing_since = None

        stream, feed, position = self._stream, self._stream.feed, self._position
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        headers.append((b"x-stream-id", stream.id.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        first = {"stream": stream.id, "now": round(stream.now(), 3), "resume_for": stream.resume_for_seconds}
        await write(encode_event(first, self._event_id(position)))
        events = EventConverter(feed.log.ops_before(position))
        due = loop.time()
        while feed.log.seq > position or not feed.is_closed:
            if not await feed.wait_beyond(position, self._heartbeat_seconds):
                await write(HEARTBEAT_COMMENT)
                continue
            if (pause := due - loop.time()) > 0 and not feed.is_closed:
                await asyncio.sleep(pause)
            ops, after = feed.log.read_from(position, CHUNK_CHARS)
            data = b"".join(encode_event(event, self._event_id(at)) for at, event in events.convert(ops, position))
            position = after
            if data:
                await write(data)
            due = loop.time() + self._interval_seconds if feed.log.seq == position else 0.0
        await write(b"", False)

    def _event_id(self, position: int) -> str:
        return f"{self._stream.event_prefix}-{position}"


def parse_event_id(event_id: str, stream: StreamSource) -> int | None:
    """Parse an event's id (`Last-Event-ID`) into its position; `None` if no event of the stream has this id."""
    prefix, _, position = event_id.strip().rpartition("-")
    is_valid = prefix == stream.event_prefix and position.isascii() and position.isdigit() and len(position) < 16
    return int(position) if is_valid else None


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
