"""What the others find of a worker's streams, whatever Redis loses or does twice, and who reads them there."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from server.cluster.test_replica import Room
from server.redis_server import RedisServer

from nbstream.core.log import Log
from nbstream.core.ops import BlockOpened, TurnOpened
from nbstream.core.protocol import ProtocolError
from nbstream.server.cluster import publisher as module
from nbstream.server.cluster.publisher import Publisher, log_key, stream_key
from nbstream.server.cluster.redis_store import Command, Store, StoreUnavailableError, load
from nbstream.server.cluster.workers import Workers
from nbstream.server.streams.log_feed import LogFeed

pytestmark = pytest.mark.anyio


class Told:
    """A stream of this worker, written by the test."""

    def __init__(self, name: str) -> None:
        self.id = self.stem = name
        self.caller = "ada"
        self.start = 1
        self.resume_for = 30.0
        self.goes_on = True
        self.longest = 20
        self.growing = LogFeed(Log())
        self.elsewhere = False
        self.done: list[Any] = []
        for op in (TurnOpened("t1", "assistant"), BlockOpened("text")):
            self.growing.log.add(op)

    def stop(self) -> None:
        self.done.append("stop")

    def hear(self, wire: object) -> None:
        self.done.append(wire)

    def look(self) -> None:
        self.done.append(self.elsewhere)


class Unreliable(Store):
    """Loses a question on its way, or the answer on its way back."""

    random = random.Random(0)

    async def run(self, *commands: Command, together: bool = False) -> list[Any]:
        chance = self.random.random()
        if chance < 0.3:
            raise StoreUnavailableError("lost")
        answers = await super().run(*commands, together=together)
        if chance < 0.6:
            raise StoreUnavailableError("lost")
        return answers


async def read_all(store: Store, room: Room) -> None:
    while not room.mirror.growing.ended:
        if not (found := await Store.read(store, {log_key("id"): room.mirror.entry})):
            return
        for _, _, data in found:
            room.mirror.take(data)


@pytest.mark.parametrize("seed", range(10))
async def test_nothing_is_lost_or_doubled_whatever_becomes_of_redis(
    seed: int, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 7)
    store = Unreliable(redis.url)
    store.random = chance = random.Random(seed)
    published, told, rooms = Publisher(store, Workers(store)), Told("id"), [Room()]
    published.add(told)  # type: ignore[arg-type]
    while not (told.growing.ended and published.is_complete):
        for _ in range(0 if told.growing.ended else chance.randrange(4)):
            told.growing.log.add_text(chance.choice(["a", "ü😀", "\ud83d", "\ude00", "some more"]))
        if told.growing.log.seq > 100:
            told.growing.end()
        try:
            await published.publish()
        except StoreUnavailableError:
            if chance.random() < 0.2:
                redis.empty()
        await read_all(store, rooms[0])
    rooms.append(Room())
    for room in rooms:
        await read_all(store, room)
        assert room.mirror.growing.ended
        assert room.ops == told.growing.log.since(0, 10**9)[0]
    await store.close()


async def test_two_streams_of_one_name_are_not_the_end_of_the_others(redis: RedisServer) -> None:
    store = Store(redis.url)
    first, second = Publisher(store, Workers(store)), Publisher(store, Workers(store))
    long, short, other = Told("id"), Told("id"), Told("other")
    long.growing.log.add_text("x" * 100)
    for published, told in ((first, long), (second, short), (second, other)):
        published.add(told)  # type: ignore[arg-type]
    await first.publish()
    for _ in range(3):
        other.growing.log.add_text("more")
        await second.publish()
    assert len(await store.read({log_key("other"): "0-0"})) == 3
    assert second.is_complete
    second.forget("id")
    await second.publish()
    assert second.forget("id") is False
    await store.close()


async def test_what_a_stream_is_can_be_read_until_a_while_after_its_end(redis: RedisServer) -> None:
    store = Store(redis.url)
    peers = Workers(store)
    published, told = Publisher(store, peers), Told("id")
    published.add(told)  # type: ignore[arg-type]
    await published.publish()
    [about] = await store.run(("GET", stream_key("id")))
    assert load(about) == {
        "worker": peers.name,
        "stem": "id",
        "caller": "ada",
        "start": 1,
        "resume_for": 30.0,
        "goes_on": True,
        "longest": 20,
        "ahead": 0.0,
    }
    assert published.find("id") is told
    told.growing.end()
    assert published.forget("id")
    assert published.find("id") is None
    await published.publish()
    assert published.is_complete
    assert not published.forget("id")
    for left in await store.run(("TTL", stream_key("id")), ("TTL", log_key("id"))):
        assert 0 < left <= module.KEPT
    await store.close()


async def test_what_does_not_grow_is_said_again_before_it_expires(redis: RedisServer) -> None:
    store = Store(redis.url)
    published, told = Publisher(store, Workers(store)), Told("id")
    published.add(told)  # type: ignore[arg-type]
    await published.publish()
    [publication] = published._all.values()
    assert not publication.is_due
    await store.run(("EXPIRE", log_key("id"), 1), ("EXPIRE", stream_key("id"), 1))
    publication._renew_at = 0.0
    assert publication.is_due
    await published.publish()
    left = await store.run(("TTL", stream_key("id")), ("TTL", log_key("id")), ("XLEN", log_key("id")))
    assert min(left[:2]) > 1
    assert left[2] == 1
    await store.close()


def obeyed(told: Told, published: Publisher, **command: Any) -> list[Any]:
    published.obey({"by": "other", **command})
    done, told.done = told.done, []
    return done


async def test_a_stream_knows_who_reads_it_elsewhere_as_long_as_they_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(module, "clock", lambda: now)
    published, told = Publisher(None, None), Told("id")  # type: ignore[arg-type]
    published.add(told)  # type: ignore[arg-type]
    assert obeyed(told, published, do="read", ids=["id", "unknown"]) == [True]
    assert obeyed(told, published, do="read", ids=["id"], by="third") == []
    assert obeyed(told, published, do="leave", ids=["id"]) == []
    now = module.VALID - 0.1
    published.look()
    assert told.elsewhere
    now = module.VALID
    published.look()
    assert told.done == [False]
    assert published._signs == {}


async def test_only_its_caller_may_want_something_of_a_stream() -> None:
    published, told = Publisher(None, None), Told("id")  # type: ignore[arg-type]
    published.add(told)  # type: ignore[arg-type]
    assert obeyed(told, published, do="stop", id="id", caller="eve") == []
    assert obeyed(told, published, do="hear", id="id", caller="eve", frame={}) == []
    assert obeyed(told, published, do="hear", id="id", caller="ada", frame={"a": 1}) == [{"a": 1}]
    assert obeyed(told, published, do="stop", id="id", caller="ada") == ["stop"]
    assert obeyed(told, published, do="look") == []
    assert obeyed(told, published, do="hear", id="unknown", caller="ada", frame={}) == []


async def test_what_is_refused_of_one_page_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    published, told = Publisher(None, None), Told("id")  # type: ignore[arg-type]
    published.add(told)  # type: ignore[arg-type]

    def refuse(_: object) -> None:
        raise ProtocolError("no wish of this stream")

    monkeypatch.setattr(told, "hear", refuse)
    assert obeyed(told, published, do="hear", id="id", caller="ada", frame={}) == []


async def test_a_stop_between_claim_and_beginning_is_not_lost() -> None:
    published, mine, theirs = Publisher(None, None), Told("mine"), Told("theirs")  # type: ignore[arg-type]
    for name, caller in (("mine", "ada"), ("theirs", "eve")):
        published.obey({"by": "other", "do": "stop", "id": name, "caller": caller})
    for told in (mine, theirs):
        published.add(told)  # type: ignore[arg-type]
    assert mine.done == []
    await asyncio.sleep(0)
    assert (mine.done, theirs.done) == (["stop"], [])
