"""What one connection gets: events from a place on, merged while it is slow, and none once it stalls."""

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
from nbstream.server.streams.sse_response import CHUNK, Reading, place_of

pytestmark = pytest.mark.anyio


class Told:
    """Something to read, written by the test."""

    def __init__(self, text: str = "") -> None:
        self.id = self.stem = "told"
        self.caller = ""
        self.start = 0
        self.resume_for = 0.0
        self.readers = 0
        self.growing = LogFeed(Log())
        for op in (TurnOpened("t1", "assistant"), BlockOpened("text")):
            self.growing.log.add(op)
        self.add(text)

    def add(self, text: str) -> None:
        self.growing.log.add_text(text)
        self.growing.grown()

    def end(self) -> None:
        self.growing.log.add(ReplyStatusChanged(Status.DONE))
        self.growing.end()

    def now(self) -> float:
        return 12.3456

    def attach(self) -> None:
        self.readers += 1

    def detach(self) -> None:
        self.readers -= 1

    def stop(self) -> None: ...

    def hear(self, wire: object) -> None: ...


def read(told: Told, place: int = 0, **settings: Any) -> Exchange:
    return Exchange(Reading(told, place, **{"interval": 0.0, **settings}), "GET", "/")


async def test_a_connection_begins_by_saying_where_it_is() -> None:
    told = Told("Hello")
    async with read(told, 4) as exchange:
        assert await exchange.event() == ("told-4", {"stream": "told", "now": 12.346, "resume_for": 0.0})
        assert await exchange.event() == ("told-7", {"text": "llo"})
        assert told.readers == 1
    assert told.readers == 0


async def test_what_a_reader_has_not_taken_goes_together() -> None:
    told = Told()
    async with read(told) as exchange:
        await exchange.until("op")
        await exchange.until("op")
        exchange.hold()
        for piece in ("a", "b", "c"):
            told.add(piece)
            await asyncio.sleep(0)
        exchange.hold(False)
        told.end()
        texts = [data["text"] for _, data in await exchange.events() if "text" in data]
    assert "".join(texts) == "abc"
    assert len(texts) <= 2


async def test_no_more_than_a_chunk_is_taken_at_a_time() -> None:
    told = Told("x" * (3 * CHUNK))
    told.end()
    async with read(told) as exchange:
        events = await exchange.events()
    assert max(len(data.get("text", "")) for _, data in events) <= CHUNK
    assert text_of(events) == "x" * (3 * CHUNK)


async def test_silence_is_broken_by_a_comment() -> None:
    async with read(Told(), heartbeat=0.001) as exchange:
        parts = [await exchange.part() for _ in range(5)]
    assert parts[-1] == ": heartbeat"


async def test_a_reader_that_takes_nothing_is_dropped() -> None:
    told = Told()
    exchange = read(told, stalled=0.01)
    async with exchange:
        await exchange.event()
        exchange.hold()
        told.add("Hello")
        await exchange.task
        assert told.readers == 0
        # Left unfinished, which has the server close its connection.
        assert exchange._out.get_nowait()["more_body"]


async def test_what_goes_wrong_is_not_kept_quiet() -> None:
    async def broken(message: dict[str, Any]) -> None:
        raise RuntimeError("broken")

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    send: Callable[[Any], Awaitable[None]] = broken
    told = Told()
    with pytest.raises(RuntimeError, match="broken"):
        await Reading(told, 0)({}, receive, send)
    assert told.readers == 0


async def test_a_server_that_ends_takes_its_readers_along() -> None:
    told = Told()
    exchange = read(told)
    async with exchange:
        await exchange.event()
        exchange.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exchange.task
        assert told.readers == 0
        exchange.task = asyncio.create_task(asyncio.sleep(0))


@given(st.text(max_size=40), st.lists(st.integers(0, 50), max_size=4))
async def test_cut_off_anywhere_and_back_the_text_is_whole(text: str, cuts: list[int]) -> None:
    told = Told(text)
    told.end()
    got, name = "", "told-0"
    for cut in [*cuts, 10_000]:
        place = place_of(name, told)
        assert place is not None
        async with read(told, place) as exchange:
            while cut and (event := await exchange.event()) is not None:
                name = event[0]
                got += event[1].get("text", "")
                cut -= 1
    assert got == text


async def test_what_may_come_a_little_later_is_waited_for() -> None:
    told = Told("Hello")
    told.growing.late = 5.0
    exchange = read(told, 9)
    asyncio.get_running_loop().call_later(0.01, told.add, " you")
    async with exchange:
        told.end()
        assert text_of(await exchange.events()) == "ou"


@pytest.mark.parametrize(("late", "status"), [(0.0, 400), (0.01, 400), (5.0, 410)])
async def test_a_place_that_does_not_come_is_refused(late: float, status: int) -> None:
    told = Told("Hello")
    told.growing.late = late
    if status == 410:
        told.end()
    with pytest.raises(Refused) as refused:
        async with read(told, 99):
            pass
    assert refused.value.status == status
    assert told.readers == 0


def test_only_a_name_of_this_stream_has_a_place() -> None:
    told = Told("Hello")
    assert place_of("told-7", told) == 7
    for wrong in ("told-", "told", "7", "told--1", "other-1", "told-1e0", "told-" + "1" * 99):
        assert place_of(wrong, told) is None
