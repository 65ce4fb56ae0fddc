"""Registry of the workers: who is alive, figures over all workers, and commands that arrive once."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from server.redis_server import KEYS, PASSWORD, RedisServer

from nbstream.server.billing.ledger import Ledger
from nbstream.server.cluster import workers as module
from nbstream.server.cluster.redis_store import RedisCommand, RedisStore, StoreUnavailableError
from nbstream.server.cluster.workers import LARGE_COMMAND_BYTES, LEASE_SECONDS, MAX_BACKLOG, Action, Workers
from nbstream.server.errors import Refused
from nbstream.server.limits import Limits

pytestmark = pytest.mark.anyio


class Worker:
    """One of several workers, with its ledger."""

    def __init__(self, redis: RedisServer) -> None:
        self.store = RedisStore(redis.url, KEYS)
        self.workers = Workers(self.store)
        self.name = self.workers.name
        self.ledger = Ledger(Limits(streams_per_caller=2))

    async def heartbeat(self) -> bool:
        return await self.workers.heartbeat(self.ledger)

    async def commands(self) -> list[dict[str, Any]]:
        return [data for _, _, data in await self.store.read_entries({KEYS.commands(self.name): "0-0"})]


Two = tuple[Worker, Worker]


@pytest.fixture
async def two(redis: RedisServer) -> Any:
    both = Worker(redis), Worker(redis)
    yield both
    for worker in both:
        await worker.store.close()


async def test_replies_are_counted_over_all_workers(two: Two) -> None:
    one, other = two
    for worker in two:
        worker.ledger.begin_reply("ada")
        await worker.heartbeat()
    await one.heartbeat()
    for worker in two:
        assert worker.ledger.running_elsewhere == {"ada": 1}
        with pytest.raises(Refused, match="2 answers are running for you"):
            worker.ledger.check_running("ada")
        worker.ledger.check_running("eve")
    other.ledger.end_reply("ada")
    await other.heartbeat()
    await one.heartbeat()
    one.ledger.check_running("ada")


async def test_the_replies_of_a_dead_worker_do_not_count(redis: RedisServer, two: Two) -> None:
    one, other = two
    one.ledger.begin_reply("ada")
    await one.heartbeat()
    redis.run("DEL", KEYS.lease(one.name))
    await other.heartbeat()
    assert other.workers.live_workers == frozenset()
    assert other.ledger.running_elsewhere == {}


async def test_a_worker_notices_that_redis_has_lost_its_data(
    redis: RedisServer, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "clock", lambda: 1000.0)
    one, _ = two
    assert [await one.heartbeat() for _ in range(2)] == [False, False]
    assert one.workers.figures_uncertain_until == 0.0
    redis.empty()
    assert await one.heartbeat()
    assert one.workers.figures_uncertain_until == 1000.0 + LEASE_SECONDS


async def test_a_worker_without_a_lease_is_dead_once_that_is_certain(
    redis: RedisServer, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    now = 1000.0
    monkeypatch.setattr(module, "clock", lambda: now)
    await other.heartbeat()
    await one.heartbeat()
    assert one.workers.live_workers == {other.name}
    redis.run("DEL", KEYS.lease(other.name))
    await one.heartbeat()
    # This worker has only just begun.
    assert not one.workers.is_dead(other.name)
    now += LEASE_SECONDS
    assert one.workers.is_dead(other.name)
    assert other.name.encode() not in (await one.store.execute(("SMEMBERS", KEYS.workers)))[0]
    # An empty Redis does not mean that any worker is dead.
    redis.empty()
    await one.heartbeat()
    assert not one.workers.is_dead(other.name)
    await other.heartbeat()
    await one.heartbeat()
    now += LEASE_SECONDS
    assert not one.workers.is_dead(other.name)


async def test_a_lease_expires_and_ends_with_its_worker(redis: RedisServer, two: Two) -> None:
    await two[0].heartbeat()
    assert 0 < int(redis.run("PTTL", KEYS.lease(two[0].name))[1:]) <= LEASE_SECONDS * 1000
    await two[0].workers.unregister()
    assert redis.run("EXISTS", KEYS.lease(two[0].name)) == b":0\r\n"


async def test_all_workers_share_a_clock(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    await one.heartbeat()
    real_clock = module.clock
    monkeypatch.setattr(module, "clock", lambda: real_clock() - 5000)
    await other.heartbeat()
    assert other.workers.clock_offset - one.workers.clock_offset == pytest.approx(5000, abs=1)


async def test_a_command_that_is_sent_twice_is_accepted_once(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    execute, is_answer_lost = one.store.execute, iter([True, False])

    async def execute_unreliably(*commands: RedisCommand, atomic: bool = False) -> list[Any]:
        found = await execute(*commands, atomic=atomic)
        if commands[0][0] == "XADD" and next(is_answer_lost, False):
            raise StoreUnavailableError("lost")
        return found

    monkeypatch.setattr(one.store, "execute", execute_unreliably)
    for number in range(2):
        one.workers.enqueue(other.name, Action.STOP, id=f"{number}")
        await one.workers.send_next()
    sent = await other.commands()
    assert [command["id"] for command in sent] == ["0", "0", "1"]
    assert [other.workers.accept_once(command) for command in sent] == [True, False, True]


async def test_a_command_that_is_too_old_is_not_sent(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    one.workers.enqueue(other.name, Action.STOP, id="0")
    later = module.clock() + LEASE_SECONDS
    monkeypatch.setattr(module, "clock", lambda: later)
    await one.workers.send_next()
    assert await other.commands() == []


def test_an_outage_of_redis_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "nbstream")
    workers = Workers(RedisStore(f"redis://:{PASSWORD}@localhost/0", KEYS))
    for error in (
        None,
        StoreUnavailableError("ConnectionError"),
        StoreUnavailableError("TimeoutError"),
        None,
        None,
    ):
        workers.record_outage(error)
    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not answer: ConnectionError",
        "Redis answers again",
    ]


async def test_a_large_message_is_dropped_when_its_worker_does_not_keep_up_and_a_stop_is_not(
    two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two
    for number in range(MAX_BACKLOG + 2):
        one.workers.enqueue(other.name, Action.PAGE_COMMAND, frame="x" * LARGE_COMMAND_BYTES, id=str(number))
        await one.workers.send_next()
    one.workers.enqueue(other.name, Action.STOP, id="a")
    await one.workers.send_next()
    waiting = await other.store.read_entries({KEYS.commands(other.name): "0-0"})
    assert [data["id"] for _, _, data in waiting] == [*map(str, range(MAX_BACKLOG)), "a"]
    assert caplog.text.count("its worker does not keep up") == 2


async def test_commands_of_every_size_are_dropped_when_very_many_wait(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SMALL_BACKLOG", 3)
    one, other = two
    for number in range(5):
        one.workers.enqueue(other.name, Action.STOP, id=str(number))
        await one.workers.send_next()
    waiting = await other.store.read_entries({KEYS.commands(other.name): "0-0"})
    assert [data["id"] for _, _, data in waiting] == ["0", "1", "2"]
