"""Publication of a worker's streams, whatever Redis loses or does twice, and commands from other workers."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from server.cluster.test_replica import ReplicaFixture
from server.redis_server import KEYS, RedisServer

from nbstream.core.log import Log
from nbstream.core.ops import BlockOpened, TurnOpened
from nbstream.core.protocol import ProtocolError
from nbstream.server.cluster import publisher as module
from nbstream.server.cluster.publisher import Publisher
from nbstream.server.cluster.redis_store import RedisCommand, RedisStore, StoreUnavailableError, from_json
from nbstream.server.cluster.workers import Action, Workers
from nbstream.server.streams.log_feed import LogFeed

pytestmark = pytest.mark.anyio


class FakeStream:
    """A stream of this worker whose log the test writes.

    Attributes:
        calls: The calls of its methods, in order.
    """

    def __init__(self, stream_id: str) -> None:
        self.id = self.event_prefix = stream_id
        self.caller = "ada"
        self.start_position = 1
        self.resume_for_seconds = 30.0
        self.is_chat = True
        self.max_message_chars = 20
        self.feed = LogFeed(Log())
        self.has_remote_readers = False
        self.calls: list[Any] = []
        for op in (TurnOpened("t1", "assistant"), BlockOpened("text")):
            self.feed.log.add(op)

    def stop(self) -> None:
        self.calls.append("stop")

    def handle_command(self, wire: object) -> None:
        self.calls.append(wire)

    def set_remote_readers(self, present: bool) -> None:
        if present != self.has_remote_readers:
            self.has_remote_readers = present
            self.calls.append(present)


class UnreliableStore(RedisStore):
    """Loses a command on its way, or the answer on its way back."""

    random = random.Random(0)

    async def execute(self, *commands: RedisCommand, atomic: bool = False) -> list[Any]:
        chance = self.random.random()
        if chance < 0.3:
            raise StoreUnavailableError("lost")
        answers = await super().execute(*commands, atomic=atomic)
        if chance < 0.6:
            raise StoreUnavailableError("lost")
        return answers


async def read_all(store: RedisStore, fixture: ReplicaFixture) -> None:
    """Read all that is published into a replica."""
    replica = fixture.replica
    while not replica.feed.is_closed:
        if not (found := await RedisStore.read_entries(store, {KEYS.log("id"): replica.last_entry})):
            return
        for _, _, batch in found:
            replica.apply(batch)


@pytest.mark.parametrize("seed", range(10))
async def test_nothing_is_lost_or_doubled_whatever_becomes_of_redis(
    seed: int, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_CHARS", 7)
    store = UnreliableStore(redis.url, KEYS)
    store.random = chance = random.Random(seed)
    publisher, stream, fixtures = Publisher(store, Workers(store)), FakeStream("id"), [ReplicaFixture()]
    publisher.add(stream)  # type: ignore[arg-type]
    while not (stream.feed.is_closed and publisher.is_complete):
        for _ in range(0 if stream.feed.is_closed else chance.randrange(4)):
            stream.feed.log.add_text(chance.choice(["a", "ü😀", "\ud83d", "\ude00", "some more"]))
        if stream.feed.log.seq > 100:
            stream.feed.close()
        try:
            await publisher.publish()
        except StoreUnavailableError:
            if chance.random() < 0.2:
                redis.empty()
        await read_all(store, fixtures[0])
    fixtures.append(ReplicaFixture())
    for fixture in fixtures:
        await read_all(store, fixture)
        assert fixture.replica.feed.is_closed
        assert fixture.ops == stream.feed.log.read_from(0, 10**9)[0]
    await store.close()


async def test_two_streams_of_one_id_do_not_hold_up_the_others(redis: RedisServer) -> None:
    store = RedisStore(redis.url, KEYS)
    first, second = Publisher(store, Workers(store)), Publisher(store, Workers(store))
    long, short, other = FakeStream("id"), FakeStream("id"), FakeStream("other")
    long.feed.log.add_text("x" * 100)
    for publisher, stream in ((first, long), (second, short), (second, other)):
        publisher.add(stream)  # type: ignore[arg-type]
    await first.publish()
    for _ in range(3):
        other.feed.log.add_text("more")
        await second.publish()
    assert len(await store.read_entries({KEYS.log("other"): "0-0"})) == 3
    assert second.is_complete
    second.forget("id")
    await second.publish()
    assert second.forget("id") is False
    await store.close()


async def test_a_stream_can_be_found_until_a_while_after_its_end(redis: RedisServer) -> None:
    store = RedisStore(redis.url, KEYS)
    workers = Workers(store)
    publisher, stream = Publisher(store, workers), FakeStream("id")
    publisher.add(stream)  # type: ignore[arg-type]
    await publisher.publish()
    [info] = await store.execute(("GET", KEYS.info("id")))
    assert from_json(info) == {
        "owner": workers.name,
        "event_prefix": "id",
        "caller": "ada",
        "start_position": 1,
        "resume_for_seconds": 30.0,
        "is_chat": True,
        "max_message_chars": 20,
        "clock_offset": 0.0,
    }
    assert publisher.find("id") is stream
    stream.feed.close()
    assert publisher.forget("id")
    assert publisher.find("id") is None
    await publisher.publish()
    assert publisher.is_complete
    assert not publisher.forget("id")
    for left_seconds in await store.execute(("TTL", KEYS.info("id")), ("TTL", KEYS.log("id"))):
        assert 0 < left_seconds <= module.RETENTION_SECONDS
    await store.close()


async def test_a_stream_that_does_not_grow_is_renewed_before_it_expires(redis: RedisServer) -> None:
    store = RedisStore(redis.url, KEYS)
    publisher, stream = Publisher(store, Workers(store)), FakeStream("id")
    publisher.add(stream)  # type: ignore[arg-type]
    await publisher.publish()
    [publication] = publisher._publishers.values()
    assert not publication.is_due
    await store.execute(("EXPIRE", KEYS.log("id"), 1), ("EXPIRE", KEYS.info("id"), 1))
    publication._renew_at = 0.0
    assert publication.is_due
    await publisher.publish()
    left = await store.execute(("TTL", KEYS.info("id")), ("TTL", KEYS.log("id")), ("XLEN", KEYS.log("id")))
    assert min(left[:2]) > 1
    assert left[2] == 1
    await store.close()


def calls_after(stream: FakeStream, publisher: Publisher, action: Action, **data: Any) -> list[Any]:
    """Handle a command, and return the calls that it made."""
    publisher.handle_command({"by": "other", "action": action, **data})
    calls, stream.calls = stream.calls, []
    return calls


@pytest.fixture
def published() -> tuple[FakeStream, Publisher]:
    """A stream and its publisher, without a Redis."""
    publisher, stream = Publisher(None, None), FakeStream("id")  # type: ignore[arg-type]
    publisher.add(stream)  # type: ignore[arg-type]
    return stream, publisher


async def test_a_stream_has_remote_readers_as_long_as_their_workers_say_so(
    published: tuple[FakeStream, Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(module, "clock", lambda: now)
    stream, publisher = published
    assert calls_after(*published, Action.READ, ids=["id", "unknown"]) == [True]
    assert calls_after(*published, Action.READ, ids=["id"], by="third") == []
    assert calls_after(*published, Action.LEAVE, ids=["id"]) == []
    now = module.LEASE_SECONDS - 0.1
    await publisher.expire_readers()
    assert stream.has_remote_readers
    now = module.LEASE_SECONDS
    await publisher.expire_readers()
    assert stream.calls == [False]
    assert publisher._publishers["id"]._remote_readers == {}


async def test_only_its_caller_commands_a_stream(published: tuple[FakeStream, Publisher]) -> None:
    command = Action.PAGE_COMMAND
    assert calls_after(*published, Action.STOP, id="id", caller="eve") == []
    assert calls_after(*published, command, id="id", caller="eve", frame={}) == []
    assert calls_after(*published, command, id="id", caller="ada", frame={"a": 1}) == [{"a": 1}]
    assert calls_after(*published, Action.STOP, id="id", caller="ada") == ["stop"]
    assert calls_after(*published, Action.WAKE) == []
    assert calls_after(*published, command, id="unknown", caller="ada", frame={}) == []


async def test_an_action_of_another_version_is_an_error(published: tuple[FakeStream, Publisher]) -> None:
    with pytest.raises(ValueError, match="of tomorrow"):
        calls_after(*published, "of tomorrow")  # type: ignore[arg-type]


async def test_an_invalid_frame_of_one_page_holds_up_nobody(
    published: tuple[FakeStream, Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(_: object) -> None:
        raise ProtocolError("not a command of this stream")

    monkeypatch.setattr(published[0], "handle_command", reject)
    assert calls_after(*published, Action.PAGE_COMMAND, id="id", caller="ada", frame={}) == []


async def test_a_stop_between_claim_and_beginning_is_not_lost() -> None:
    publisher = Publisher(None, None)  # type: ignore[arg-type]
    mine, theirs = FakeStream("mine"), FakeStream("theirs")
    for stream_id, caller in (("mine", "ada"), ("theirs", "eve")):
        publisher.handle_command({"by": "other", "action": "stop", "id": stream_id, "caller": caller})
    for stream in (mine, theirs):
        publisher.add(stream)  # type: ignore[arg-type]
    assert mine.calls == []
    await asyncio.sleep(0)
    assert (mine.calls, theirs.calls) == (["stop"], [])
