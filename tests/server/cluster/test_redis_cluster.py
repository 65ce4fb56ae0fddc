"""One worker's part in the cluster; `test_workers.py` has several workers together, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from server.cluster.test_publisher import FakeStream
from server.redis_server import KEYS, RedisServer

from nbstream.core.ops import ReplyStatusChanged, Status
from nbstream.server.billing.ledger import Ledger
from nbstream.server.cluster import redis_cluster as module
from nbstream.server.cluster import workers
from nbstream.server.cluster.redis_cluster import WorkerCluster
from nbstream.server.cluster.redis_store import to_json
from nbstream.server.cluster.replica import OWNER_LOST, ReplicaStream
from nbstream.server.cluster.workers import Action
from nbstream.server.limits import Limits
from nbstream.server.streams.cluster_interface import Cluster

pytestmark = pytest.mark.anyio

Two = tuple[WorkerCluster, WorkerCluster]


@pytest.fixture
async def two(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two workers whose background tasks do not run."""
    monkeypatch.setattr(module, "BLOCK_SECONDS", 0.001)
    both = WorkerCluster(redis.url, KEYS.namespace), WorkerCluster(redis.url, KEYS.namespace)
    yield both
    for worker in both:
        await worker.close()


async def test_workers_that_were_forked_from_one_app_have_names_of_their_own(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = WorkerCluster(redis.url, KEYS.namespace)
    names = [worker._workers.name]
    # The app is loaded before its server forks, and started in each child.
    for process in (2, 2, 3):
        monkeypatch.setattr(workers.os, "getpid", lambda process=process: process)
        await worker.start(Ledger(Limits()))
        await worker.close()
        names.append(worker._workers.name)
    assert names[1] == names[2]
    assert len(set(names)) == 3


async def begin(worker: WorkerCluster, stream_id: str = "id") -> FakeStream:
    """Begin a stream at a worker."""
    stream = FakeStream(stream_id)
    assert await worker.claim(stream_id, stream.caller)
    worker.publish(stream)  # type: ignore[arg-type]
    await worker._publisher.publish()
    return stream


async def read(worker: WorkerCluster, stream_id: str = "id") -> ReplicaStream:
    """Begin to read another worker's stream."""
    replica = await worker.find(stream_id)
    assert isinstance(replica, ReplicaStream)
    replica.attach()
    await worker._read_news()
    return replica


async def deliver(sender: WorkerCluster, receiver: WorkerCluster) -> None:
    """Send a worker's commands and have them handled."""
    while not sender._workers._outgoing.empty():
        await sender._workers.send_next()
    await receiver._read_news()


async def test_a_stream_has_one_replica_as_long_as_it_is_read(two: Two) -> None:
    one, other = two
    stream = await begin(one)
    assert await one.find("id") is stream
    replica = await read(other)
    assert await other.find("id") is replica
    assert replica.feed.log.seq == stream.feed.log.seq
    await deliver(other, one)
    assert stream.has_remote_readers
    replica.detach()
    await deliver(other, one)
    assert not stream.has_remote_readers
    del replica
    assert dict(other._replicas) == {}


async def test_a_stream_whose_id_is_claimed_is_waited_for(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    assert await one.claim("id", "ada")
    assert not await one.claim("id", "ada")
    assert not await other.claim("id", "ada")
    execute, asked = other._store.execute, asyncio.Event()

    async def execute_and_signal(*commands: Any, **options: Any) -> list[Any]:
        found = await execute(*commands, **options)
        asked.set()
        return found

    monkeypatch.setattr(other._store, "execute", execute_and_signal)
    found = asyncio.create_task(other.find("id"))
    await asked.wait()
    one.publish(FakeStream("id"))  # type: ignore[arg-type]
    await one._publisher.publish()
    assert isinstance(await found, ReplicaStream)


async def test_a_claimed_stream_that_never_begins_is_not_found(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    monkeypatch.setattr(module, "CLAIM_TIMEOUT_SECONDS", 0.02)
    assert await one.claim("id", "ada")
    assert await other.find("id") is None
    one.forget("id")
    await asyncio.gather(*one._tasks)
    assert await other.claim("id", "ada")


async def test_a_stop_that_crosses_the_beginning_is_not_lost(two: Two) -> None:
    one, other = two
    assert await one.claim("id", "ada")
    await other.stop_pending("id", "ada")
    await deliver(other, one)
    stream = FakeStream("id")
    one.publish(stream)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert stream.calls == ["stop"]


async def test_commands_are_handled_and_deleted_also_when_redis_comes_back_with_an_earlier_clock(
    redis: RedisServer, two: Two
) -> None:
    one, other = two
    stream, key = await begin(one), KEYS.commands(one._workers.name)
    other._workers.enqueue(one._workers.name, Action.STOP, id="id", caller="ada")
    await deliver(other, one)
    assert stream.calls == ["stop"]
    assert await one._store.execute(("XLEN", key)) == [0]
    redis.empty()
    command = to_json({"action": "stop", "by": other._workers.name, "number": 2, "id": "id", "caller": "ada"})
    await one._store.execute(("XADD", key, "1-0", "data", command))
    await one._read_news()
    assert stream.calls == ["stop", "stop"]


async def test_the_rest_of_a_dead_workers_log_is_read(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    stream = await begin(one)
    replica = await read(other)
    stream.feed.log.add(ReplyStatusChanged(Status.STREAMING))
    stream.feed.log.add_text("the last")
    await one._publisher.publish()
    await other._workers.heartbeat(Ledger(Limits()))
    await other._check_owners()
    # A worker that has just begun cannot know yet which others are dead.
    assert not replica.feed.is_closed
    now = module.clock() + workers.LEASE_SECONDS
    monkeypatch.setattr(workers, "clock", lambda: now)
    await other._check_owners()
    ops = replica.feed.log.read_from(0, 100)[0]
    assert ops[:-2] == stream.feed.log.read_from(0, 100)[0]
    assert isinstance(ops[-1], ReplyStatusChanged)
    assert ops[-1].error == OWNER_LOST


async def test_a_stream_of_another_version_is_lost_and_the_others_are_not(
    two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two
    for stream_id in ("bad", "good"):
        await begin(one, stream_id)
    bad, good = await read(other, "bad"), await read(other, "good")
    batch = to_json({"from": bad.feed.log.seq, "ops": [{"op": "of tomorrow"}]})
    await one._store.execute(("XADD", KEYS.log("bad"), "99-0", "data", batch))
    await other._read_news()
    assert (bad.feed.is_closed, good.feed.is_closed) == (True, False)
    assert "cannot be read here" in caplog.text


async def test_a_step_that_fails_is_tried_again(
    two: Two, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    done, errors = asyncio.Event(), iter([ValueError("a bug"), None])

    async def step() -> None:
        if (error := next(errors, None)) is not None:
            raise error
        done.set()

    task = asyncio.create_task(two[0]._run_forever(step, 60.0))
    await done.wait()
    task.cancel()
    assert "a bug" in caplog.text


async def test_the_end_of_a_worker_ends_its_replicas(redis: RedisServer) -> None:
    one, other = WorkerCluster(redis.url, "tests"), WorkerCluster(redis.url, "tests")
    cluster: Cluster = other
    await cluster.start(Ledger(Limits()))
    stream = await begin(one)
    replica = await other.find("id")
    assert isinstance(replica, ReplicaStream)
    replica.attach()
    assert await replica.feed.wait_beyond(stream.feed.log.seq - 1, 5)
    await cluster.close()
    assert replica.feed.is_closed
    await one.close()
