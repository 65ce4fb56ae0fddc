"""Events that one connection gets: from a position on, merged while it is slow, and none once it stalls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.asgi import Exchange, text_of

from nbstream.core.log import Log
from nbstream.core.ops import BlockOpened, ReplyStatusChanged, Status, TurnOpened
from nbstream.server.errors import Refused
from nbstream.server.streams.log_feed import LogFeed
from nbstream.server.streams.sse_response import CHUNK_CHARS, SSEResponse, parse_event_id

pytestmark = pytest.mark.anyio


class FakeStream:
    """A stream whose log the test writes."""

    def __init__(self, text: str = "") -> None:
        self.id = self.event_prefix = "id"
        self.caller = ""
        self.start_position = 0
        self.resume_for_seconds = 0.0
        self.readers = 0
        self.feed = LogFeed(Log())
        for op in (TurnOpened("t1", "assistant"), BlockOpened("text")):
            self.feed.log.add(op)
        self.add(text)

    def add(self, text: str) -> None:
        self.feed.log.add_text(text)
        self.feed.notify()

    def end(self) -> None:
        self.feed.log.add(ReplyStatusChanged(Status.DONE))
        self.feed.close()

    def now(self) -> float:
        return 12.3456

    def attach(self) -> None:
        self.readers += 1

    def detach(self) -> None:
        self.readers -= 1

    def stop(self) -> None: ...

    def handle_command(self, wire: object) -> None: ...


def read(stream: FakeStream, position: int = 0, **settings: Any) -> Exchange:
    return Exchange(SSEResponse(stream, position, **{"interval_seconds": 0.0, **settings}), "GET", "/")


async def test_a_connection_begins_with_its_position() -> None:
    stream = FakeStream("Hello")
    async with read(stream, 4) as exchange:
        assert await exchange.event() == ("id-4", {"stream": "id", "now": 12.346, "resume_for": 0.0})
        assert await exchange.event() == ("id-7", {"text": "llo"})
        assert stream.readers == 1
    assert stream.readers == 0


async def test_text_that_a_slow_reader_has_not_accepted_is_sent_together() -> None:
    stream = FakeStream()
    async with read(stream) as exchange:
        await exchange.event_with("op")
        await exchange.event_with("op")
        exchange.pause_reading()
        for piece in ("a", "b", "c"):
            stream.add(piece)
            await asyncio.sleep(0)
        exchange.pause_reading(False)
        stream.end()
        texts = [data["text"] for _, data in await exchange.events() if "text" in data]
    assert "".join(texts) == "abc"
    assert len(texts) <= 2


async def test_no_more_than_a_chunk_is_read_at_a_time() -> None:
    stream = FakeStream("x" * (3 * CHUNK_CHARS))
    stream.end()
    async with read(stream) as exchange:
        events = await exchange.events()
    assert max(len(data.get("text", "")) for _, data in events) <= CHUNK_CHARS
    assert text_of(events) == "x" * (3 * CHUNK_CHARS)


async def test_silence_is_broken_by_a_comment() -> None:
    async with read(FakeStream(), heartbeat_seconds=0.001) as exchange:
        parts = [await exchange.raw_event() for _ in range(5)]
    assert parts[-1] == ": heartbeat"


async def test_a_reader_that_takes_nothing_is_dropped() -> None:
    stream = FakeStream()
    exchange = read(stream, stalled_seconds=0.01)
    async with exchange:
        await exchange.event()
        exchange.pause_reading()
        stream.add("Hello")
        await exchange.task
        assert stream.readers == 0
        # The response is unfinished, so the server closes the connection.
        assert exchange._from_app.get_nowait()["more_body"]


async def test_an_error_of_the_server_is_raised() -> None:
    async def broken(message: dict[str, Any]) -> None:
        raise RuntimeError("broken")

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    send: Callable[[Any], Awaitable[None]] = broken
    stream = FakeStream()
    with pytest.raises(RuntimeError, match="broken"):
        await SSEResponse(stream, 0)({}, receive, send)
    assert stream.readers == 0


async def test_the_end_of_the_server_ends_its_readers() -> None:
    stream = FakeStream()
    exchange = read(stream)
    async with exchange:
        await exchange.event()
        exchange.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exchange.task
        assert stream.readers == 0
        exchange.task = asyncio.create_task(asyncio.sleep(0))


@given(st.text(max_size=40), st.lists(st.integers(0, 50), max_size=4))
async def test_a_reader_that_comes_back_after_any_cut_has_the_whole_text(text: str, cuts: list[int]) -> None:
    stream = FakeStream(text)
    stream.end()
    got, name = "", "id-0"
    for cut in [*cuts, 10_000]:
        position = parse_event_id(name, stream)
        assert position is not None
        async with read(stream, position) as exchange:
            while cut and (event := await exchange.event()) is not None:
                name = event[0]
                got += event[1].get("text", "")
                cut -= 1
    assert got == text


async def test_a_position_that_comes_within_the_lag_is_waited_for() -> None:
    stream = FakeStream("Hello")
    stream.feed.lag_seconds = 5.0
    exchange = read(stream, 9)
    asyncio.get_running_loop().call_later(0.01, stream.add, " you")
    async with exchange:
        stream.end()
        assert text_of(await exchange.events()) == "ou"


@pytest.mark.parametrize(("lag_seconds", "status"), [(0.0, 400), (0.01, 400), (5.0, 410)])
async def test_a_position_that_does_not_come_is_refused(lag_seconds: float, status: int) -> None:
    stream = FakeStream("Hello")
    stream.feed.lag_seconds = lag_seconds
    if status == 410:
        stream.end()
    with pytest.raises(Refused) as refused:
        async with read(stream, 99):
            pass
    assert refused.value.status == status
    assert stream.readers == 0


def test_only_an_event_id_of_this_stream_has_a_position() -> None:
    stream = FakeStream("Hello")
    assert parse_event_id("id-7", stream) == 7
    for wrong in ("id-", "id", "7", "id--1", "other-1", "id-1e0", "id-" + "1" * 99):
        assert parse_event_id(wrong, stream) is None
