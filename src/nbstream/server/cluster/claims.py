"""Claims of stream ids: which worker begins a stream, and Stops that arrive before it has begun."""

from __future__ import annotations

import secrets
from contextlib import suppress

from .publisher import RETENTION_SECONDS
from .redis_store import RedisStore, StoreUnavailableError, from_json, to_json
from .workers import Action, Workers

CLAIM_SCRIPT = """
if redis.call('GET', KEYS[2]) == ARGV[2] then return 0 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[3]) and 1 or 0
"""
"""Script that claims an id for a caller's stream. It returns 0 if the id is taken, or if the caller has already
stopped the stream. A claim that is sent twice is granted both times."""


class Claims:
    """The claims of one worker. All methods but `release` raise `StoreUnavailableError` if Redis does not answer.

    Args:
        store: The Redis that all workers share.
        workers: The registry of the workers.
    """

    def __init__(self, store: RedisStore, workers: Workers) -> None:
        self._store = store
        self._workers = workers

    async def claim(self, stream_id: str, caller: str) -> bool:
        """Claim an id for a stream that is about to begin here; see `Cluster.claim`."""
        claim = to_json({"owner": self._workers.name, "caller": caller, "claim": secrets.token_hex(8)})
        keys = (self._store.keys.info(stream_id), self._store.keys.early_stop(stream_id))
        [is_granted] = await self._store.execute(
            ("EVAL", CLAIM_SCRIPT, len(keys), *keys, claim, caller, RETENTION_SECONDS), atomic=True
        )
        return bool(is_granted)

    async def stop_pending(self, stream_id: str, caller: str) -> None:
        """Stop a stream that has not begun yet: the Stop arrived before the request that opens the stream."""
        keys = self._store.keys
        _, found = await self._store.execute(
            ("SET", keys.early_stop(stream_id), caller, "EX", RETENTION_SECONDS),
            ("GET", keys.info(stream_id)),
            atomic=True,
        )
        if found is not None:
            # A worker has claimed the id in the meantime, so the Stop is sent to that worker.
            self._workers.enqueue(from_json(found)["owner"], Action.STOP, id=stream_id, caller=caller)

    async def release(self, stream_id: str) -> None:
        """Release an id whose stream did not begin. If Redis does not answer, the claim expires."""
        with suppress(StoreUnavailableError):
            await self._store.execute(("DEL", self._store.keys.info(stream_id)))
