"""Several workers that serve the same streams through a Redis.

Each stream runs at one worker, its owner, which publishes the stream's log (`publisher.py`). Any other worker
keeps a replica of the log for its own readers (`replica.py`) and sends commands to the owner (`workers.py`). An
owner knows of readers at another worker by a command that is repeated; a replica knows of its owner's death by an
expired lease.

While Redis is unavailable, streams continue for the readers at their owner, and requests that need Redis are
refused. Readers at other workers wait; after some seconds they take their connections for lost, and come back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from ...core.outbox import FRAME_INTERVAL_SECONDS
from ...core.protocol import ProtocolError
from ...kernel.event_loop import clock
from ..billing.ledger import Ledger
from ..errors import Refused
from ..streams.stream import ServedStream, StreamSource
from .publisher import CLAIM_TIMEOUT_SECONDS, RETENTION_SECONDS, Publisher, info_key, log_key
from .redis_store import RedisCommand, RedisStore, StoreUnavailableError, from_json, to_json
from .replica import ReplicaStream
from .workers import HEARTBEAT_SECONDS, RETRY_SECONDS, Action, Workers, commands_key

log = logging.getLogger("nbstream")

BLOCK_SECONDS = 1.0
"""Time for which Redis waits for a new entry. A replica that is added meanwhile ends the wait with a `WAKE`."""

GATHER_SECONDS = 0.02
"""Pause between two reads, in which the entries of many streams gather."""

CLOSE_TIMEOUT_SECONDS = 2.0
"""Time that a worker's end may take here."""

CLAIM_SCRIPT = """
if redis.call('GET', KEYS[2]) == ARGV[2] then return 0 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[3]) and 1 or 0
"""
"""Claim an id, unless it is taken or its caller has stopped the stream. A claim may be sent twice."""


class WorkerCluster:
    """The streams of all workers that share a Redis, as one worker sees them. Lives on one loop.

    Args:
        url: The address of the Redis.
    """

    def __init__(self, url: str) -> None:
        self._store = RedisStore(url)
        self._workers = Workers(self._store)
        self._publisher = Publisher(self._store, self._workers)
        # One replica a stream, for as long as anybody holds it.
        self._replicas: WeakValueDictionary[str, ReplicaStream] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, ledger: Ledger) -> None:
        """Join the other workers.

        Args:
            ledger: This worker's figures. The others are told of them, and theirs are written to `other_workers`.
        """

        async def heartbeat() -> None:
            await self._workers.heartbeat(ledger)
            await self._check_owners()

        with suppress(StoreUnavailableError):
            await heartbeat()
        steps = (
            (heartbeat, HEARTBEAT_SECONDS),
            # This step is apart from the heartbeat, because the heartbeat fails in an outage of Redis, and
            # streams without readers must be stopped even then.
            (self._publisher.expire_readers, HEARTBEAT_SECONDS),
            (self._publisher.publish, FRAME_INTERVAL_SECONDS),
            (self._read_news, GATHER_SECONDS),
            (self._workers.send_next, 0.0),
        )
        self._tasks = {asyncio.create_task(self._run_forever(step, pause)) for step, pause in steps}

    async def close(self) -> None:
        """Publish the rest of every log, and leave the other workers."""
        # The tasks are cancelled until they end, because redis-py uses `asyncio.wait_for`, which may lose a
        # cancellation in Python 3.11.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.05)
        for replica in list(self._replicas.values()):
            replica.feed.close()
        with suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                while not self._publisher.is_complete:
                    await self._publisher.publish()
                await self._workers.unregister()
        await self._store.close()

    async def find(self, stream_id: str) -> StreamSource | None:
        """Find a stream by its id at any worker; `None` if no worker has it.

        Raises:
            Refused: Redis does not answer.
        """
        deadline = clock() + CLAIM_TIMEOUT_SECONDS
        while clock() < deadline:
            if (stream := self._publisher.find(stream_id)) is not None:
                return stream
            if (replica := self._replicas.get(stream_id)) is not None:
                return replica
            [found] = await self._execute_or_refuse(("GET", info_key(stream_id)))
            if found is None:
                return None
            info = from_json(found)
            if "start_position" in info:
                return self._replicas.setdefault(
                    stream_id, ReplicaStream(stream_id, info, self._workers, self._announce_readers)
                )
            # The id is claimed, and its stream is about to begin.
            await asyncio.sleep(FRAME_INTERVAL_SECONDS / 2)
        return None

    async def claim(self, stream_id: str, caller: str) -> bool:
        """Reserve an id for a stream that is about to begin here; see `Cluster.claim`.

        Raises:
            Refused: Redis does not answer.
        """
        claim = to_json({"owner": self._workers.name, "caller": caller, "claim": secrets.token_hex(8)})
        keys = (info_key(stream_id), _early_stop_key(stream_id))
        [is_granted] = await self._execute_or_refuse(
            ("EVAL", CLAIM_SCRIPT, len(keys), *keys, claim, caller, RETENTION_SECONDS)
        )
        return bool(is_granted)

    def publish(self, stream: ServedStream) -> None:
        """Let the other workers read a stream that has begun here."""
        self._publisher.add(stream)

    async def stop_pending(self, stream_id: str, caller: str) -> None:
        """Stop a stream that no worker has yet: its Stop overtook the request that opens it.

        Raises:
            Refused: Redis does not answer.
        """
        stop: RedisCommand = ("SET", _early_stop_key(stream_id), caller, "EX", RETENTION_SECONDS)
        _, found = await self._execute_or_refuse(stop, ("GET", info_key(stream_id)))
        if found is not None:
            # The stream has been claimed or has begun in the meantime.
            self._workers.enqueue(from_json(found)["owner"], Action.STOP, id=stream_id, caller=caller)

    def forget(self, stream_id: str) -> None:
        """Withdraw a stream that was removed here, or a claimed id whose stream did not begin."""
        if not self._publisher.forget(stream_id):
            release = asyncio.create_task(self._release_claim(stream_id))
            self._tasks.add(release)
            release.add_done_callback(self._tasks.discard)

    def _announce_readers(self, replica: ReplicaStream) -> None:
        """Tell an owner whether its replica has readers here; only then is the replica kept up to date."""
        self._workers.enqueue(replica.owner, Action.READ if replica.readers else Action.LEAVE, ids=[replica.id])
        if replica.readers:
            # A blocking read that began earlier does not include this replica.
            self._workers.enqueue(self._workers.name, Action.WAKE)

    async def _execute_or_refuse(self, *commands: RedisCommand) -> list[Any]:
        try:
            return await self._store.execute(*commands, atomic=True)
        except StoreUnavailableError as error:
            self._workers.record_outage(error)
            raise Refused(
                503, "The servers cannot reach the store they share; try again in a moment.", {"Retry-After": "5"}
            ) from None

    async def _run_forever(self, step: Callable[[], Awaitable[None]], pause_seconds: float) -> None:
        while True:
            try:
                await step()
                await asyncio.sleep(pause_seconds)
            except StoreUnavailableError as error:
                self._workers.record_outage(error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                # An error of one stream must not end the others.
                log.exception("the data that the workers share is not up to date")
                await asyncio.sleep(RETRY_SECONDS)

    async def _check_owners(self) -> None:
        """Renew the readers' leases at live owners, and end the replicas of dead ones."""
        replicas: defaultdict[str, list[ReplicaStream]] = defaultdict(list)
        for replica in self._replicas.values():
            if replica.readers:
                replicas[replica.owner].append(replica)
        dead = {owner for owner in replicas if self._workers.is_dead(owner)}
        for owner in replicas.keys() - dead:
            self._workers.enqueue(owner, Action.READ, ids=[replica.id for replica in replicas[owner]])
        for owner in dead:
            for replica in replicas[owner]:
                await self._finish(replica)

    async def _finish(self, replica: ReplicaStream) -> None:
        """Read the rest of a dead owner's log, and end the replica."""
        while not replica.feed.is_closed:
            if not (found := await self._store.read_entries({log_key(replica.id): replica.last_entry})):
                replica.mark_lost()
            for _, _, batch in found:
                _apply(replica, batch)

    async def _read_news(self) -> None:
        """Wait for entries in the followed logs and for commands, and handle both."""
        mine = commands_key(self._workers.name)
        growing = [each for each in self._replicas.values() if each.readers and not each.feed.is_closed]
        replicas = {log_key(replica.id): replica for replica in growing}
        # Handled commands are deleted, so every command that is still there is new.
        last_entries = {mine: "0-0", **{key: replica.last_entry for key, replica in replicas.items()}}
        handled = []
        for key, entry_id, data in await self._store.read_entries(last_entries, BLOCK_SECONDS):
            if key != mine:
                _apply(replicas[key], data)
                continue
            handled.append(entry_id)
            if self._workers.accept_once(data):
                self._publisher.handle_command(data)
        if handled:
            await self._store.execute(("XDEL", mine, *handled))

    async def _release_claim(self, stream_id: str) -> None:
        with suppress(StoreUnavailableError):
            await self._store.execute(("DEL", info_key(stream_id)))


def _early_stop_key(stream_id: str) -> str:
    return f"nbstream:{{{stream_id}}}:stopped"


def _apply(replica: ReplicaStream, batch: dict[str, Any]) -> None:
    try:
        replica.apply(batch)
    except (ProtocolError, KeyError, TypeError):
        # The owner runs another version of nbstream. Other streams may still be readable.
        log.exception("a stream of another worker cannot be read here")
        replica.mark_lost()
