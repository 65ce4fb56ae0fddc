"""The door to Redis: what it gives, and how little it says when it does not."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.redis_server import PASSWORD, RedisServer

from nbstream.server import create_app
from nbstream.server.cluster.redis_store import Store, StoreUnavailableError, dump, load

pytestmark = pytest.mark.anyio


async def test_commands_are_answered_in_order(redis: RedisServer) -> None:
    store = Store(redis.url)
    data = dump({"text": "ü"})
    answers = await store.run(
        ("XADD", "s", "5-0", "data", data), ("XADD", "s", "5-1", "data", data), together=True
    )
    assert answers == [b"5-0", b"5-1"]
    assert await store.read({"s": "5-0", "t": "0-0"}) == [("s", "5-1", {"text": "ü"})]
    assert await store.read({"s": "5-1"}, 0.001) == []
    await store.close()


async def test_who_does_not_answer_is_away_and_nothing_is_said_of_where(redis: RedisServer) -> None:
    for url in (redis.url.replace(PASSWORD, "another"), f"redis://:{PASSWORD}@127.0.0.1:1/0"):
        store = Store(url)
        with pytest.raises(StoreUnavailableError) as away:
            await store.run(("GET", "a"))
        with pytest.raises(StoreUnavailableError):
            await store.read({"a": "0-0"})
        await store.close()
        assert str(away.value) in ("AuthenticationError", "ConnectionError")
        assert away.value.__cause__ is None


async def test_a_connection_that_died_in_the_pool_is_none_to_be_away(redis: RedisServer) -> None:
    store = Store(redis.url)
    await store.run(("SET", "a", "1"))
    redis.run("CLIENT", "KILL", "TYPE", "normal")
    assert await store.run(("GET", "a")) == [b"1"]
    await store.close()


@pytest.mark.parametrize("url", ["localhost", "http://:secret@host/", "redis://:secret@host:port/"])
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="redis is no address of one") as refused:
        create_app(redis=url)
    assert "secret" not in str(refused.value)


def test_without_the_package_there_is_a_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nbstream.server.cluster.redis_cluster", raising=False)
    monkeypatch.delitem(sys.modules, "nbstream.server.cluster.redis_store")
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ImportError, match=r"pip install nbstream\[redis\]"):
        importlib.import_module("nbstream.server.cluster.redis_store")


@given(st.recursive(st.text(st.characters(codec=None)) | st.floats(allow_nan=False), st.lists, max_leaves=5))
def test_what_is_kept_comes_back_as_it_was(value: Any) -> None:
    assert load(dump({"a": value})) == {"a": value}
    assert load(dump({"a": "\ud83d\ude00"})) == {"a": "\ud83d\ude00"}
