"""Client of the shared Redis: its answers, and errors that tell nothing of its address."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.redis_server import KEYS, PASSWORD, RedisServer

from nbstream.server import create_app
from nbstream.server.cluster.redis_store import RedisStore, StoreUnavailableError, from_json, to_json

pytestmark = pytest.mark.anyio


async def test_commands_are_answered_in_order(redis: RedisServer) -> None:
    store = RedisStore(redis.url, KEYS)
    data = to_json({"text": "ü"})
    answers = await store.execute(
        ("XADD", "s", "5-0", "data", data), ("XADD", "s", "5-1", "data", data), atomic=True
    )
    assert answers == [b"5-0", b"5-1"]
    assert await store.read_entries({"s": "5-0", "t": "0-0"}) == [("s", "5-1", {"text": "ü"})]
    assert await store.read_entries({"s": "5-1"}, 0.001) == []
    await store.close()


async def test_an_unavailable_redis_is_an_error_without_its_address(redis: RedisServer) -> None:
    for url in (redis.url.replace(PASSWORD, "another"), f"redis://:{PASSWORD}@127.0.0.1:1/0"):
        store = RedisStore(url, KEYS)
        with pytest.raises(StoreUnavailableError) as unavailable:
            await store.execute(("GET", "a"))
        with pytest.raises(StoreUnavailableError):
            await store.read_entries({"a": "0-0"})
        await store.close()
        assert str(unavailable.value) in ("AuthenticationError", "ConnectionError")
        assert unavailable.value.__cause__ is None


async def test_a_connection_that_died_in_the_pool_is_replaced(redis: RedisServer) -> None:
    store = RedisStore(redis.url, KEYS)
    await store.execute(("SET", "a", "1"))
    redis.run("CLIENT", "KILL", "TYPE", "normal")
    assert await store.execute(("GET", "a")) == [b"1"]
    await store.close()


@pytest.mark.parametrize("url", ["localhost", "http://:secret@host/", "redis://:secret@host:port/"])
def test_a_wrong_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="redis is not the address of a Redis") as refused:
        create_app(redis=url)
    assert "secret" not in str(refused.value)


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nbstream.server.cluster.redis_cluster", raising=False)
    monkeypatch.delitem(sys.modules, "nbstream.server.cluster.redis_store")
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ImportError, match=r"pip install nbstream\[redis\]"):
        importlib.import_module("nbstream.server.cluster.redis_store")


@given(st.recursive(st.text(st.characters(codec=None)) | st.floats(allow_nan=False), st.lists, max_leaves=5))
def test_data_comes_back_as_it_was(value: Any) -> None:
    assert from_json(to_json({"a": value})) == {"a": value}
    assert from_json(to_json({"a": "\ud83d\ude00"})) == {"a": "\ud83d\ude00"}
