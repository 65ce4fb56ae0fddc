"""Client of the Redis that the workers share. The keys and the data are chosen by its callers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError, ResponseError
except ImportError as error:
    raise ModuleNotFoundError(
        "redis=… needs the redis package: pip install nbstream[redis]; without redis=… every worker is alone.",
        name="redis",
    ) from error

from .keys import Keys

RESPONSE_TIMEOUT_SECONDS = 5.0
"""Time without a response after which Redis counts as unavailable. A blocking read waits for a shorter time."""

MAX_CONNECTIONS = 16
"""The most connections to Redis. One of them is used for blocking reads. A command uses one of the others for a
few milliseconds."""

MAX_ENTRIES = 64
"""The most entries of one Redis Stream that are read at once."""

RedisCommand: TypeAlias = tuple[Any, ...]


class StoreUnavailableError(Exception):
    """Redis did not answer, or answered with an error.

    The text of this error is only the class name of the original one, whose own text may contain an address.
    """


class RedisStore:
    """Runs Redis commands. Every method raises `StoreUnavailableError` if Redis does not answer.

    Args:
        url: The address of the Redis.
        keys: The names of the keys, which begin with the server's namespace.

    Attributes:
        keys: The same.

    Raises:
        ValueError: The URL is not the address of a Redis.
    """

    def __init__(self, url: str, keys: Keys) -> None:
        self.keys = keys
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=MAX_CONNECTIONS,
                timeout=RESPONSE_TIMEOUT_SECONDS,
                socket_timeout=RESPONSE_TIMEOUT_SECONDS,
                socket_connect_timeout=RESPONSE_TIMEOUT_SECONDS,
                # A failed command is repeated once without a pause, because its connection may have died while it
                # was idle in the pool.
                retry=Retry(NoBackoff(), 1),
                protocol=2,
            )
        except (AttributeError, TypeError, ValueError):
            # The URL may hold a password, so the error does not repeat it.
            raise ValueError(
                'redis is not the address of a Redis; give it as in "redis://localhost:6379/0".'
            ) from None
        self._redis: Any = Redis.from_pool(pool)

    async def execute(self, *commands: RedisCommand, atomic: bool = False) -> list[Any]:
        """Run commands in order and in one round trip.

        Args:
            *commands: Commands as Redis documents them.
            atomic: Whether to keep Redis from running commands of other clients between these.

        Returns:
            The answer to each command.
        """
        with _redis_errors():
            pipe = self._redis.pipeline(transaction=atomic)
            for command in commands:
                pipe.execute_command(*command)
            return list(await pipe.execute())

    async def read_run_id(self) -> str:
        """Return the id that Redis has until it is started again; an empty text if this user may not know it."""
        with _redis_errors():
            try:
                info = await self._redis.info("server")
            except ResponseError:
                return ""
            return str(info.get("run_id", ""))

    async def read_entries(
        self, last_entries: Mapping[str, str], block_seconds: float | None = None
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """Read the new entries of several Redis Streams.

        Args:
            last_entries: The key of each Redis Stream, with the id of the last entry that is known already.
            block_seconds: The longest wait if there is no new entry; `None` does not wait.

        Returns:
            The key, the id and the data of each entry.
        """
        block_ms = None if block_seconds is None else int(block_seconds * 1000)
        with _redis_errors():
            found = await self._redis.xread(dict(last_entries), count=MAX_ENTRIES, block=block_ms)
        return [
            (key.decode(), entry_id.decode(), from_json(fields[b"data"]))
            for key, entries in found or ()
            for entry_id, fields in entries
        ]

    async def close(self) -> None:
        """Close every connection."""
        with _redis_errors():
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()


def to_json(value: Mapping[str, Any]) -> bytes:
    """Encode data as JSON in UTF-8, in which lone surrogates are allowed.

    Surrogates are not escaped. When JSON is decoded, an escaped high surrogate and an escaped low one side by side
    become one character. That would shift the log's positions, which count characters.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_json(data: bytes) -> dict[str, Any]:
    """Decode data that `to_json` encoded."""
    decoded: dict[str, Any] = json.loads(data.decode("utf-8", "surrogatepass"))
    return decoded


@contextmanager
def _redis_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailableError(type(error).__name__) from None
