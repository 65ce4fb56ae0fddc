"""What one connection gets of a stream: events as they come, from a place on, at the reader's own pace."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from ...core.outbox import INTERVAL
from ...core.sse_events import Events, encode
from ..errors import Refused
from .stream import StreamSource

HEARTBEAT = 15.0
"""Seconds without anything after which a comment is sent. Proxies give up after 60 s of silence (nginx's
`proxy_read_timeout`), and a page takes two or three that are missing for a lost connection."""

STALLED = 60.0
"""Seconds after which a reader that takes nothing is dropped."""

COMMENT = b": heartbeat\n"
"""One line, with none that is empty after it: after that `httpx-sse` and the SDK's decoder, which keep the latest
event's id, give an event with no data."""

CHUNK = 16_384
"""Characters and ops that are taken of the log at a time: what a reader costs beside its connection's buffers."""

NOT_THERE = "Last-Event-ID is none of this stream's; send the id of the last event as it came."

LOST = "What followed here is lost with the server that wrote it; ask again."

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    # A proxy that compresses or keeps what passes would hold it back.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Connection": "keep-alive",
}


class Reading:
    """The response that a reader gets; an ASGI app.

    Args:
        served: What is read.
        place: Where the reader is in its log.
        interval: Seconds between what is sent while text comes; what comes meanwhile goes together.
        heartbeat: Seconds without anything after which a comment is sent.
        stalled: Seconds after which a reader that takes nothing is dropped.
    """

    def __init__(
        self,
        served: StreamSource,
        place: int,
        *,
        interval: float = INTERVAL,
        heartbeat: float = HEARTBEAT,
        stalled: float = STALLED,
    ) -> None:
        self._served = served
        self._place = place
        self._interval = interval
        self._heartbeat = heartbeat
        self._stalled = stalled

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send it until its end, or until the reader has gone.

        Raises:
            Refused: It does not have the place.
        """
        tasks: list[asyncio.Task[None]] = []
        # Before anything is awaited: a stream that nobody reads is not kept.
        self._served.attach()
        try:
            await self._reach()
            reader = asyncio.create_task(self._write(send))
            tasks = [reader, asyncio.create_task(_left(receive))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._served.detach()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        failed = None if reader.cancelled() else reader.exception()
        # A response that is left unfinished has its connection closed, which is what becomes of a stalled reader.
        if failed is not None and not isinstance(failed, TimeoutError):
            raise failed

    async def _reach(self) -> None:
        """Wait until the place is there."""
        growing = self._served.growing
        await growing.more(self._place - 1, growing.late)
        if growing.log.seq < self._place:
            raise Refused(410, LOST) if growing.late and growing.ended else Refused(400, NOT_THERE)

    async def _write(self, send: Send) -> None:
        async def out(data: bytes, more: bool = True) -> None:
            async with asyncio.timeout(self._stalled):
                await send({"type": "http.response.body", "body": data, "more_body": more})

        served, growing, place = self._served, self._served.growing, self._place
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        headers.append((b"x-stream-id", served.id.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        first = {"stream": served.id, "now": round(served.now(), 3), "resume_for": served.resume_for}
        await out(encode(first, self._name(place)))
        events = Events(growing.log.before(place))
        while growing.log.seq > place or not growing.ended:
            if not await growing.more(place, self._heartbeat):
                await out(COMMENT)
                continue
            ops, after = growing.log.since(place, CHUNK)
            data = b"".join(encode(event, self._name(at)) for at, event in events.of(ops, place))
            place = after
            if data:
                await out(data)
            if growing.log.seq == place and not growing.ended:
                await asyncio.sleep(self._interval)
        await out(b"", False)

    def _name(self, place: int) -> str:
        return f"{self._served.stem}-{place}"


def place_of(name: str, served: StreamSource) -> int | None:
    """The place that an event's name (`Last-Event-ID`) is; `None` if it is none of this stream's."""
    stem, _, place = name.strip().rpartition("-")
    fits = stem == served.stem and place.isascii() and place.isdigit() and len(place) < 16
    return int(place) if fits else None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
