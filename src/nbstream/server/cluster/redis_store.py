"""The door to Redis. It decides nothing: who keeps something there says what, and under which key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
except ImportError as error:
    raise ModuleNotFoundError(
        "redis=… needs the redis package: pip install nbstream[redis]; without redis=… every worker is alone.",
        name="redis",
    ) from error

ANSWERS = 5.0
"""Seconds in which Redis answers, or is away. What waits there for news waits less."""

CONNECTIONS = 16
"""One waits for news; the others take turns, with a few milliseconds each."""

ENTRIES = 64
"""Entries of one Redis Stream that are read at once."""

Command: TypeAlias = tuple[Any, ...]


class StoreUnavailableError(Exception):
    """Redis does not answer as it should. Its own words stay here: they may hold an address."""


class Store:
    """Asks Redis. Everything raises `AwayError` where it does not answer.

    Args:
        url: Its address.

    Raises:
        ValueError: It is none.
    """

    def __init__(self, url: str) -> None:
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=ANSWERS,
                socket_timeout=ANSWERS,
                socket_connect_timeout=ANSWERS,
                # Once more at once: a connection may have died while it waited in the pool.
                retry=Retry(NoBackoff(), 1),
                protocol=2,
            )
        except (AttributeError, TypeError, ValueError):
            # What was passed may hold a password, so it is not repeated.
            raise ValueError('redis is no address of one; give it as in "redis://localhost:6379/0".') from None
        self._redis: Any = Redis.from_pool(pool)

    async def run(self, *commands: Command, together: bool = False) -> list[Any]:
        """Run commands, in order and in one go.

        Args:
            *commands: As Redis documents them.
            together: Nothing of anybody else's comes between them.

        Returns:
            The answer of each.
        """
        with _answering():
            pipe = self._redis.pipeline(transaction=together)
            for command in commands:
                pipe.execute_command(*command)
            return list(await pipe.execute())

    async def read(
        self, places: Mapping[str, str], seconds: float | None = None
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """What follows some entries of Redis Streams.

        Args:
            places: The last entry that is known, by key.
            seconds: How long to wait where there is nothing; `None` is not at all.

        Returns:
            The key of each entry, its name, and its data.
        """
        wait = () if seconds is None else ("BLOCK", int(seconds * 1000))
        with _answering():
            found = await self._redis.execute_command(
                "XREAD", "COUNT", ENTRIES, *wait, "STREAMS", *places.keys(), *places.values()
            )
        return [
            (key.decode(), entry.decode(), load(fields[b"data"]))
            for key, entries in found or ()
            for entry, fields in entries
        ]

    async def close(self) -> None:
        """Close every connection."""
        with _answering():
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()


def dump(value: Mapping[str, Any]) -> bytes:
    """Some data as it is kept."""
    # As it is, halves of characters too: an escaped pair would come back as one, and places count characters.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def load(data: bytes) -> dict[str, Any]:
    """The data that was kept."""
    loaded: dict[str, Any] = json.loads(data.decode("utf-8", "surrogatepass"))
    return loaded


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailableError(type(error).__name__) from None
