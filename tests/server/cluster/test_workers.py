"""Workers among each other: who lives, what is counted over all of them, and commands that arrive once."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from server.redis_server import PASSWORD, RedisServer

from nbstream.server.billing.ledger import Ledger
from nbstream.server.cluster import workers as module
from nbstream.server.cluster.redis_store import Command, Store, StoreUnavailableError
from nbstream.server.cluster.workers import BACKLOG, LARGE, VALID, WORKERS, Workers, commands_key
from nbstream.server.errors import Refused
from nbstream.server.limits import Limits

pytestmark = pytest.mark.anyio


class Worker:
    """One of several, with what it counts."""

    def __init__(self, redis: RedisServer, day: str = "2030-01-01") -> None:
        self.store = Store(redis.url)
        self.peers = Workers(self.store)
        self.day = day
        self.ledger = Ledger(Limits(streams_per_caller=2, dollars_per_day=1.0), lambda: self.day)

    async def beat(self) -> None:
        await self.peers.beat(self.ledger)

    async def commands(self) -> list[dict[str, Any]]:
        return [data for _, _, data in await self.store.read({commands_key(self.peers.name): "0-0"})]


@pytest.fixture
async def two(redis: RedisServer) -> Any:
    workers = Worker(redis), Worker(redis)
    yield workers
    for worker in workers:
        await worker.store.close()


async def test_replies_are_counted_over_all_workers(two: tuple[Worker, Worker]) -> None:
    one, other = two
    for worker in two:
        running = worker.ledger.begin("ada", 0.1)
        await worker.beat()
    await one.beat()
    for worker in two:
        assert worker.ledger.others.running == {"ada": 1}
        with pytest.raises(Refused, match="2 answers are running for you"):
            worker.ledger.check("ada")
        worker.ledger.check("eve")
    other.ledger.end(running, 0.1)
    await other.beat()
    await one.beat()
    one.ledger.check("ada")


async def test_dollars_are_counted_over_all_workers_and_each_day_anew(two: tuple[Worker, Worker]) -> None:
    one, other = two
    kept = one.ledger.begin("ada b", 0.9)
    for _ in range(2):
        await one.beat()
        await other.beat()
    assert one.ledger.left("ada b") == other.ledger.left("ada b") == pytest.approx(0.1)
    one.ledger.end(kept, 0.25)
    await one.beat()
    await other.beat()
    assert other.ledger.left("ada b") == pytest.approx(0.75)
    for worker in two:
        worker.day = "2030-01-02"
        await worker.beat()
        assert worker.ledger.left("ada b") == 1.0


async def test_what_redis_has_lost_is_said_again(redis: RedisServer, two: tuple[Worker, Worker]) -> None:
    one, other = two
    one.ledger.begin("ada", 0.5)
    await one.beat()
    redis.empty()
    for _ in range(2):
        await one.beat()
    await other.beat()
    assert other.ledger.left("ada") == pytest.approx(0.5)


async def test_a_worker_that_is_silent_has_gone_once_that_can_be_known(
    redis: RedisServer, two: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    now = 1000.0
    monkeypatch.setattr(module, "clock", lambda: now)
    await other.beat()
    await one.beat()
    assert one.peers.living == {other.peers.name}
    redis.run("DEL", f"nbstream:worker:{other.peers.name}")
    await one.beat()
    # It has just begun itself.
    assert not one.peers.has_gone(other.peers.name)
    now += VALID
    assert one.peers.has_gone(other.peers.name)
    assert other.peers.name.encode() not in (await one.store.run(("SMEMBERS", WORKERS)))[0]
    # Redis comes back empty: nobody has gone for that.
    redis.empty()
    await one.beat()
    assert not one.peers.has_gone(other.peers.name)
    await other.beat()
    await one.beat()
    now += VALID
    assert not one.peers.has_gone(other.peers.name)


async def test_a_sign_of_life_does_not_hold_for_ever(redis: RedisServer, two: tuple[Worker, Worker]) -> None:
    await two[0].beat()
    assert 0 < int(redis.run("PTTL", f"nbstream:worker:{two[0].peers.name}")[1:]) <= VALID * 1000
    await two[0].peers.leave()
    assert redis.run("EXISTS", f"nbstream:worker:{two[0].peers.name}") == b":0\r\n"


async def test_all_workers_share_a_clock(two: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    await one.beat()
    real = module.clock
    monkeypatch.setattr(module, "clock", lambda: real() - 5000)
    await other.beat()
    assert other.peers.ahead - one.peers.ahead == pytest.approx(5000, abs=1)


async def test_a_command_is_obeyed_once(two: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    monkeypatch.setattr(module, "AGAIN", 0.0)
    run, answers = one.store.run, iter([True, False])

    async def unsure(*commands: Command, together: bool = False) -> list[Any]:
        found = await run(*commands, together=together)
        if next(answers, False):
            raise StoreUnavailableError("lost")
        return found

    monkeypatch.setattr(one.store, "run", unsure)
    for number in range(2):
        one.peers.tell(other.peers.name, do="stop", id=f"{number}")
        await one.peers.send()
    sent = await other.commands()
    assert [command["id"] for command in sent] == ["0", "0", "1"]
    assert [other.peers.is_new(command) for command in sent] == [True, False, True]


async def test_a_command_that_is_too_old_does_not_arrive(
    two: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    one.peers.tell(other.peers.name, do="stop", id="0")
    late = module.clock() + VALID
    monkeypatch.setattr(module, "clock", lambda: late)
    await one.peers.send()
    assert await other.commands() == []


def test_the_operator_is_told_once_that_redis_is_away(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "nbstream")
    peers = Workers(Store(f"redis://:{PASSWORD}@localhost/0"))
    for error in (
        None,
        StoreUnavailableError("ConnectionError"),
        StoreUnavailableError("TimeoutError"),
        None,
        None,
    ):
        peers.note(error)
    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not answer: ConnectionError",
        "Redis answers again",
    ]


async def test_a_large_message_is_let_go_where_a_worker_does_not_keep_up_and_a_stop_is_not(
    two: tuple[Worker, Worker], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two
    for number in range(BACKLOG + 2):
        one.peers.tell(other.peers.name, do="hear", frame="x" * LARGE, id=str(number))
        await one.peers.send()
    one.peers.tell(other.peers.name, do="stop", id="a")
    await one.peers.send()
    waiting = await other.store.read({commands_key(other.peers.name): "0-0"})
    assert [data["id"] for _, _, data in waiting] == [*map(str, range(BACKLOG)), "a"]
    assert caplog.text.count("another worker does not keep up") == 2
