"""What one worker does of what several share; `test_workers.py` has them together, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from server.cluster.test_publisher import Told
from server.redis_server import RedisServer

from nbstream.core.ops import ReplyStatusChanged, Status
from nbstream.server.billing.ledger import Ledger
from nbstream.server.cluster import redis_cluster as shared
from nbstream.server.cluster import workers as peers
from nbstream.server.cluster.publisher import log_key
from nbstream.server.cluster.redis_cluster import Shared
from nbstream.server.cluster.redis_store import dump
from nbstream.server.cluster.replica import LOST, ReplicaStream
from nbstream.server.limits import Limits
from nbstream.server.streams.cluster_interface import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture
async def two(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two workers that do nothing by themselves."""
    monkeypatch.setattr(shared, "BLOCK", 0.001)
    workers = Shared(redis.url), Shared(redis.url)
    yield workers
    for worker in workers:
        await worker.close()


async def begin(worker: Shared, name: str = "id") -> Told:
    """A stream begins at a worker."""
    told = Told(name)
    assert await worker.claim(name, told.caller)
    worker.announce(told)  # type: ignore[arg-type]
    await worker._published.publish()
    return told


async def read(worker: Shared, name: str = "id") -> ReplicaStream:
    """Somebody reads it at another one."""
    mirror = await worker.find(name)
    assert isinstance(mirror, ReplicaStream)
    mirror.attach()
    await worker._read()
    return mirror


async def said(sender: Shared, receiver: Shared) -> None:
    """What one worker has the other one do is done."""
    while not sender._peers._waiting.empty():
        await sender._peers.send()
    await receiver._read()


async def test_a_stream_has_one_mirror_here_as_long_as_it_is_read(two: tuple[Shared, Shared]) -> None:
    one, other = two
    told = await begin(one)
    assert await one.find("id") is told
    mirror = await read(other)
    assert await other.find("id") is mirror
    assert mirror.growing.log.seq == told.growing.log.seq
    await said(other, one)
    assert told.elsewhere
    mirror.detach()
    await said(other, one)
    assert not told.elsewhere
    del mirror
    assert dict(other._known) == {}


async def test_what_is_claimed_is_waited_for(two: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    assert await one.claim("id", "ada")
    assert not await one.claim("id", "ada")
    assert not await other.claim("id", "ada")
    ask, asked = other._ask, asyncio.Event()

    async def seen(*commands: Any) -> list[Any]:
        found = await ask(*commands)
        asked.set()
        return found

    monkeypatch.setattr(other, "_ask", seen)
    found = asyncio.create_task(other.find("id"))
    await asked.wait()
    one.announce(Told("id"))  # type: ignore[arg-type]
    await one._published.publish()
    assert isinstance(await found, ReplicaStream)


async def test_a_claim_that_is_sent_again_is_the_same_claim(
    two: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    run = one._store.run

    async def twice(*commands: Any, **more: Any) -> list[Any]:
        # As the client does where the connection broke before the answer.
        await run(*commands, **more)
        return await run(*commands, **more)

    monkeypatch.setattr(one._store, "run", twice)
    assert await one.claim("id", "ada")
    assert not await one.claim("id", "ada")
    assert not await other.claim("id", "ada")


async def test_what_is_claimed_and_never_begins_is_not_there(
    two: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setattr(shared, "BEGUN", 0.02)
    assert await one.claim("id", "ada")
    assert await other.find("id") is None
    one.forget("id")
    await asyncio.gather(*one._tasks)
    assert await other.claim("id", "ada")


async def test_a_stop_that_crosses_the_beginning_is_not_lost(two: tuple[Shared, Shared]) -> None:
    one, other = two
    assert await one.claim("id", "ada")
    await other.stop_early("id", "ada")
    await said(other, one)
    told = Told("id")
    one.announce(told)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert told.done == ["stop"]


async def test_what_a_worker_wrote_last_is_read_before_it_counts_as_gone(
    two: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    told = await begin(one)
    mirror = await read(other)
    told.growing.log.add(ReplyStatusChanged(Status.STREAMING))
    told.growing.log.add_text("the last")
    await one._published.publish()
    await other._peers.beat(Ledger(Limits()))
    await other._look_after()
    # Whoever has just begun knows nothing of the others yet.
    assert not mirror.growing.ended
    now = shared.clock() + peers.VALID
    monkeypatch.setattr(peers, "clock", lambda: now)
    await other._look_after()
    ops = mirror.growing.log.since(0, 100)[0]
    assert ops[:-2] == told.growing.log.since(0, 100)[0]
    assert isinstance(ops[-1], ReplyStatusChanged)
    assert ops[-1].error == LOST


async def test_a_stream_of_another_version_is_lost_and_the_others_are_not(
    two: tuple[Shared, Shared], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two
    for name in ("bad", "good"):
        await begin(one, name)
    bad, good = await read(other, "bad"), await read(other, "good")
    page = dump({"from": bad.growing.log.seq, "ops": [{"op": "of tomorrow"}]})
    await one._store.run(("XADD", log_key("bad"), "99-0", "data", page))
    await other._read()
    assert (bad.growing.ended, good.growing.ended) == (True, False)
    assert "cannot be read here" in caplog.text


async def test_what_goes_wrong_once_is_tried_again(
    two: tuple[Shared, Shared], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared, "AGAIN", 0.0)
    done, ends = asyncio.Event(), iter([ValueError("a bug"), None])

    async def step() -> None:
        if (error := next(ends, None)) is not None:
            raise error
        done.set()

    task = asyncio.create_task(two[0]._repeat(step, 60.0))
    await done.wait()
    task.cancel()
    assert "a bug" in caplog.text


async def test_the_end_of_a_worker_is_its_readers_end(redis: RedisServer) -> None:
    one, other = Shared(redis.url), Shared(redis.url)
    elsewhere: Cluster = other
    await elsewhere.start(Ledger(Limits()))
    told = await begin(one)
    mirror = await other.find("id")
    assert isinstance(mirror, ReplicaStream)
    mirror.attach()
    assert await mirror.growing.more(told.growing.log.seq - 1, 5)
    await elsewhere.close()
    assert mirror.growing.ended
    await one.close()
