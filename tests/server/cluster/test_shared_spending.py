"""US dollars of several workers in one Redis: together they never pass the limit, and nothing spent is lost."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from server.redis_server import KEYS, PASSWORD, RedisServer

from nbstream.server.billing.ledger import Ledger, Reserve
from nbstream.server.cluster import shared_spending as module
from nbstream.server.cluster.redis_store import RedisCommand, RedisStore, StoreUnavailableError
from nbstream.server.cluster.shared_spending import SharedSpending
from nbstream.server.cluster.workers import Workers
from nbstream.server.errors import Refused
from nbstream.server.limits import Limits

pytestmark = pytest.mark.anyio

DAY = "2030-01-01"
LIMIT_USD = 1.0


class UnreliableStore(RedisStore):
    """Loses a command on its way or the answer on its way back, as often as it is told to."""

    lost_ratio = 0.0
    random = random.Random(0)

    async def execute(self, *commands: RedisCommand, atomic: bool = False) -> list[Any]:
        if self.random.random() < self.lost_ratio:
            raise StoreUnavailableError("lost")
        answers = await super().execute(*commands, atomic=atomic)
        if self.random.random() < self.lost_ratio:
            raise StoreUnavailableError("lost")
        return answers


class Worker:
    """One of several workers, with its ledger, which counts the dollars of all."""

    def __init__(self, redis: RedisServer) -> None:
        self.store = UnreliableStore(redis.url, KEYS)
        self.workers = Workers(self.store)
        self.spending = SharedSpending(self.store, self.workers)
        self.day = DAY
        self.ledger = Ledger(Limits(dollars_per_day=LIMIT_USD), self.spending, lambda: self.day)

    async def heartbeat(self) -> None:
        if await self.workers.heartbeat(self.ledger):
            self.spending.publish_again()
        await self.spending.publish_changes()

    async def reserve(self, usd: float, caller: str = "ada") -> Reserve | None:
        return await self.ledger.reserve(caller, usd)


@pytest.fixture
async def three(redis: RedisServer) -> Any:
    workers = [Worker(redis) for _ in range(3)]
    for worker in workers:
        await worker.heartbeat()
    yield workers
    for worker in workers:
        await worker.store.close()


def total_usd(workers: list[Worker], caller: str = "ada") -> float:
    return sum(worker.ledger.spent.get(caller, 0.0) for worker in workers)


async def stored_usd(worker: Worker, caller: str = "ada") -> float:
    """The sum in Redis."""
    [fields] = await RedisStore.execute(worker.store, ("HVALS", KEYS.spending(DAY, caller)))
    return sum(float(field.split()[1]) for field in fields)


async def test_workers_that_reserve_at_the_same_moment_never_reserve_more_than_the_limit(
    three: list[Worker],
) -> None:
    found = await asyncio.gather(*(worker.reserve(0.03) for _ in range(20) for worker in three))
    reserves = [reserve for reserve in found if reserve is not None]
    assert len(reserves) == 33
    assert total_usd(three) == pytest.approx(0.99)
    # Whoever was refused knows the other workers' figures now.
    assert all(worker.ledger.remaining("ada") == pytest.approx(0.01) for worker in three)
    assert await three[0].reserve(0.01, "ada")
    assert await three[0].reserve(1.0, "eve")


async def test_what_was_kept_back_and_not_spent_is_free_for_the_other_workers(three: list[Worker]) -> None:
    one, other, _ = three
    reserve = await one.reserve(0.9)
    assert reserve is not None
    assert await other.reserve(0.2) is None
    with pytest.raises(Refused, match="is spent, or reserved"):
        await Ledger(Limits(dollars_per_day=0.9), other.spending, lambda: DAY).check_dollars("ada")
    one.ledger.settle(reserve, 0.25)
    await one.spending.publish_next()
    assert await other.reserve(0.75)
    assert await stored_usd(one) == pytest.approx(1.0)


async def test_each_day_has_its_own_dollars(three: list[Worker]) -> None:
    one, other, _ = three
    assert await one.reserve(1.0)
    other.day = "2030-01-02"
    assert await other.reserve(1.0)
    assert not await one.reserve(0.1)


async def test_dollars_of_a_worker_that_died_stay_spent(redis: RedisServer, three: list[Worker]) -> None:
    one, other, _ = three
    assert await one.reserve(0.5)
    redis.run("DEL", KEYS.lease(one.workers.name))
    await other.heartbeat()
    assert not await other.reserve(0.6)
    assert await other.reserve(0.5)


async def test_figures_are_kept_for_two_days(redis: RedisServer, three: list[Worker]) -> None:
    assert await three[0].reserve(0.5)
    assert 86_400 < int(redis.run("TTL", KEYS.spending(DAY, "ada"))[1:]) <= 2 * 86_400


async def test_of_a_caller_who_spent_nothing_nothing_is_written(redis: RedisServer, three: list[Worker]) -> None:
    await three[0].ledger.check_dollars("ada")
    assert not await three[0].reserve(1.5)
    await three[0].spending.publish_changes()
    assert redis.run("EXISTS", KEYS.spending(DAY, "ada")) == b":0\r\n"


async def expect_rest_reserved(one: Worker, other: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expect that the other worker gets, after the pause, just what the first one's 0.8 leave of 1 USD."""
    later = module.clock() + 7
    monkeypatch.setattr(module, "clock", lambda: later)
    assert not await other.reserve(0.9)
    assert await other.reserve(0.2)
    assert await stored_usd(one) == pytest.approx(1.0)


async def test_after_redis_lost_its_data_nothing_is_reserved_until_all_workers_have_sent_their_figures(
    redis: RedisServer, three: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = three
    assert await one.reserve(0.8)
    redis.empty()
    with pytest.raises(Refused, match="try again in a moment"):
        await other.reserve(0.9)
    await other.heartbeat()
    with pytest.raises(Refused, match="try again in a moment"):
        await other.reserve(0.9)
    await one.heartbeat()
    await expect_rest_reserved(one, other, monkeypatch)


async def test_after_redis_came_back_with_older_data_nothing_is_reserved_until_all_have_sent_their_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RedisServer(tmp_path) as redis:
        one, other = workers = [Worker(redis) for _ in range(2)]
        for worker in workers:
            await worker.heartbeat()
        redis.run("SAVE")
        assert await one.reserve(0.8)
        redis.stop()
        redis.start()
        # Both leases are there, but not what was reserved since the data was saved.
        for _ in range(2):
            with pytest.raises(Refused, match="try again in a moment"):
                await other.reserve(0.9)
        await one.heartbeat()
        await expect_rest_reserved(one, other, monkeypatch)
        for worker in workers:
            await worker.store.close()


async def test_a_user_of_redis_who_may_not_know_its_run_can_reserve(
    redis: RedisServer, three: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.run("ACL", "SETUSER", "guest", "on", ">guest", "~*", "+@all", "-info")
    monkeypatch.setattr(redis, "url", redis.url.replace(":sesame", "guest:sesame").replace(PASSWORD, "guest"))
    guest = Worker(redis)
    await guest.heartbeat()
    assert await guest.reserve(0.5)
    assert not await three[0].reserve(0.6)
    await guest.store.close()


async def test_an_outage_refuses_and_a_lost_answer_is_put_right(three: list[Worker]) -> None:
    one, other, _ = three
    execute = one.store.execute

    async def lose_the_answer(*commands: RedisCommand, atomic: bool = False) -> list[Any]:
        await execute(*commands, atomic=atomic)
        raise StoreUnavailableError("lost")

    one.store.execute = lose_the_answer  # type: ignore[method-assign]
    with pytest.raises(Refused, match="cannot reach the store") as caught:
        await one.reserve(0.7)
    assert caught.value.status == 503
    assert (total_usd(three), await stored_usd(one)) == (0.0, pytest.approx(0.7))
    one.store.execute = execute  # type: ignore[method-assign]
    await one.spending.publish_next()
    assert await other.reserve(1.0)


async def test_a_figure_that_is_late_does_not_replace_a_later_one(three: list[Worker]) -> None:
    one = three[0]
    execute, sent = one.store.execute, []

    async def note(*commands: RedisCommand, atomic: bool = False) -> list[Any]:
        sent.append(commands)
        return await execute(*commands, atomic=atomic)

    one.store.execute = note  # type: ignore[method-assign]
    await one.reserve(0.3)
    await one.reserve(0.3)
    await execute(*sent[0])
    assert await stored_usd(one) == pytest.approx(0.6)


async def test_a_call_that_is_cancelled_after_the_answer_was_sent_reserves_nothing(three: list[Worker]) -> None:
    one, other, _ = three
    execute, written = one.store.execute, asyncio.Event()

    async def answer_late(*commands: RedisCommand, atomic: bool = False) -> list[Any]:
        answers = await execute(*commands, atomic=atomic)
        written.set()
        await asyncio.Event().wait()
        return answers

    one.store.execute = answer_late  # type: ignore[method-assign]
    waiting = asyncio.create_task(one.reserve(0.9))
    await written.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    one.store.execute = execute  # type: ignore[method-assign]
    assert (total_usd(three), await stored_usd(one)) == (0.0, pytest.approx(0.9))
    await one.spending.publish_next()
    assert await other.reserve(1.0)


@pytest.mark.parametrize("seed", range(6))
async def test_in_no_order_do_all_workers_reserve_more_than_the_limit_or_forget_what_was_spent(
    seed: int, redis: RedisServer, three: list[Worker]
) -> None:
    chance = random.Random(seed)
    UnreliableStore.random = chance
    running: list[tuple[Worker, Reserve]] = []
    spent_usd = 0.0

    async def reserve(worker: Worker) -> None:
        try:
            found = await worker.reserve(chance.choice([0.001, 0.05, 0.3]))
        except Refused:
            return
        if found is not None:
            running.append((worker, found))

    async def cancel(worker: Worker) -> None:
        task = asyncio.create_task(reserve(worker))
        for _ in range(chance.randrange(9)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def settle(_: Worker) -> None:
        nonlocal spent_usd
        if running:
            worker, found = running.pop(chance.randrange(len(running)))
            usd = found.usd * chance.choice([0.0, 0.3, 1.0])
            spent_usd += usd
            worker.ledger.settle(found, usd)

    async def publish(worker: Worker) -> None:
        with suppress(StoreUnavailableError):
            await worker.heartbeat()

    steps = [reserve, reserve, reserve, settle, settle, cancel, publish]
    for _ in range(40):
        for worker in three:
            worker.store.lost_ratio = chance.choice([0.0, 0.0, 0.3])
        await asyncio.gather(*(chance.choice(steps)(chance.choice(three)) for _ in range(4)))
        kept_usd = sum(found.usd for _, found in running)
        assert total_usd(three) == pytest.approx(kept_usd + spent_usd)
        assert total_usd(three) <= LIMIT_USD + 1e-6
        # Redis may know of more than there is, until the figures are sent again, and never of less.
        assert await stored_usd(three[0]) >= total_usd(three) - 1e-9
    for worker in three:
        worker.store.lost_ratio = 0.0
        await worker.heartbeat()
    assert await stored_usd(three[0]) == pytest.approx(total_usd(three))
