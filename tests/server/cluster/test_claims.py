"""Claims of stream ids: one worker gets an id, and a Stop that comes first keeps its stream from beginning."""

from __future__ import annotations

from typing import Any

import pytest
from server.redis_server import KEYS, RedisServer

from nbstream.server.cluster.claims import Claims
from nbstream.server.cluster.redis_store import RedisStore, StoreUnavailableError
from nbstream.server.cluster.workers import Workers

pytestmark = pytest.mark.anyio

ID = "a-name-nobody-guesses"


class Worker:
    """One of several workers."""

    def __init__(self, redis: RedisServer) -> None:
        self.store = RedisStore(redis.url, KEYS)
        self.workers = Workers(self.store)
        self.claims = Claims(self.store, self.workers)


@pytest.fixture
async def two(redis: RedisServer) -> Any:
    both = Worker(redis), Worker(redis)
    yield both
    for worker in both:
        await worker.store.close()


async def test_one_worker_gets_an_id_until_it_is_released(two: Any) -> None:
    one, other = two
    assert await one.claims.claim(ID, "ada")
    assert not await one.claims.claim(ID, "ada")
    assert not await other.claims.claim(ID, "ada")
    await one.claims.release(ID)
    assert await other.claims.claim(ID, "ada")


async def test_a_claim_that_is_sent_again_is_the_same_claim(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    execute = one.store.execute

    async def execute_twice(*commands: Any, **options: Any) -> list[Any]:
        # The client does this when the connection broke before the answer.
        await execute(*commands, **options)
        return await execute(*commands, **options)

    monkeypatch.setattr(one.store, "execute", execute_twice)
    assert await one.claims.claim(ID, "ada")
    assert not await one.claims.claim(ID, "ada")
    assert not await other.claims.claim(ID, "ada")


async def test_a_stop_that_comes_first_holds_for_its_caller_alone(two: Any) -> None:
    one, other = two
    await other.claims.stop_pending(ID, "ada")
    assert not await one.claims.claim(ID, "ada")
    assert await one.claims.claim(ID, "eve")


async def test_a_stop_of_a_claimed_stream_goes_to_its_worker(two: Any) -> None:
    one, other = two
    assert await one.claims.claim(ID, "ada")
    await other.claims.stop_pending(ID, "ada")
    await other.workers.send_next()
    [(_, _, command)] = await one.store.read_entries({KEYS.commands(one.workers.name): "0-0"})
    assert (command["action"], command["id"], command["caller"]) == ("stop", ID, "ada")


async def test_a_claim_that_cannot_be_released_expires(
    redis: RedisServer, two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> list[Any]:
        raise StoreUnavailableError("lost")

    assert await two[0].claims.claim(ID, "ada")
    monkeypatch.setattr(two[0].store, "execute", fail)
    await two[0].claims.release(ID)
    assert 0 < int(redis.run("TTL", KEYS.info(ID))[1:]) <= 60
