"""Fixtures of the server's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer
from server.redis_server import RedisServer

from nbstream.server import create_app

NewApp = Callable[..., Any]


@pytest.fixture
async def new_app(claude: ClaudeServer) -> AsyncIterator[NewApp]:
    """Makes and starts apps whose Claude answers as a scenario says. They are closed after the test."""
    async with AsyncExitStack() as stack:

        async def make(name: str, scenario: dict[str, Any], **settings: Any) -> Any:
            client = anthropic.AsyncAnthropic(
                api_key="sk-secret", base_url=claude.url(name, **scenario), max_retries=0
            )
            app = create_app(client=client, **settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            return app

        yield make


@pytest.fixture(scope="session")
def one_redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis(one_redis: RedisServer) -> RedisServer:
    """A running Redis with nothing in it."""
    one_redis.empty()
    return one_redis
