"""Cluster of workers that serve the same streams and share a Redis.

Each stream runs at one worker, its owner, which publishes the stream's log (`publisher.py`). Another worker with
readers of the stream keeps a replica of the log for them (`replica.py`) and sends their commands to the owner
(`workers.py`). As long as it has readers, it repeats a command that tells the owner so. A worker has died if its
lease in Redis has expired, and then the replicas of its streams are ended.

While Redis is unavailable, streams continue for the readers at their owner, and requests that need Redis are
refused. Readers at other workers get no events. They wait for some seconds, treat their connections as lost, and
connect again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

from ...core.outbox import FRAME_INTERVAL_SECONDS
from ...core.protocol import ProtocolError
from ...kernel.event_loop import clock
from ..billing.ledger import Ledger
from ..errors import Refused
from ..streams.stream import ServedStream
from ..streams.stream_source import StreamSource
from .claims import Claims
from .keys import Keys
from .publisher import CLAIM_TIMEOUT_SECONDS, Publisher
from .redis_store import RedisStore, StoreUnavailableError, from_json
from .replica import ReplicaStream
from .shared_spending import STORE_UNAVAILABLE, SharedSpending
from .workers import HEARTBEAT_SECONDS, RETRY_SECONDS, Action, Workers

log = logging.getLogger("nbstream")

BLOCK_SECONDS = 1.0
"""The longest wait of one read for a new entry. A `WAKE` command ends the wait if a replica is added meanwhile."""

GATHER_SECONDS = 0.02
"""Pause between two reads. New entries of many streams arrive in it, so that one read gets all of them."""

CLOSE_TIMEOUT_SECONDS = 2.0
"""The longest time that a worker which shuts down spends on publishing its logs and leaving the cluster."""


class WorkerCluster:
    """One worker's access to the streams of all workers that share a Redis. Use it on one event loop only.

    Args:
        url: The address of the Redis.
        namespace: A word that all workers of this server have in common. Servers with other namespaces may share
            the Redis.

    Attributes:
        spending: The US dollars of all workers.
    """

    def __init__(self, url: str, namespace: str) -> None:
        self._store = RedisStore(url, Keys(namespace))
        self._workers = Workers(self._store)
        self.spending = SharedSpending(self._store, self._workers)
        self._claims = Claims(self._store, self._workers)
        self._publisher = Publisher(self._store, self._workers)
        # The replica of each stream that is in use here. The dict holds weak references, so a replica is removed
        # when no response uses it any more.
        self._replicas: WeakValueDictionary[str, ReplicaStream] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, ledger: Ledger) -> None:
        """Join the other workers.

        Args:
            ledger: This worker's ledger. Its running replies are sent to the other workers, whose numbers are
                written to its attribute `running_elsewhere`.
        """

        async def heartbeat() -> None:
            if await self._workers.heartbeat(ledger):
                self.spending.publish_again()
            await self._check_owners()

        with suppress(StoreUnavailableError):
            await heartbeat()
        steps = (
            (heartbeat, HEARTBEAT_SECONDS),
            # This step is not part of the heartbeat, because the heartbeat fails while Redis is unavailable, and
            # streams without readers must be stopped even then.
            (self._publisher.expire_readers, HEARTBEAT_SECONDS),
            (self._publisher.publish, FRAME_INTERVAL_SECONDS),
            (self._read_news, GATHER_SECONDS),
            (self._workers.send_next, 0.0),
            (self.spending.publish_next, 0.0),
        )
        self._tasks = {asyncio.create_task(self._run_forever(step, pause)) for step, pause in steps}

    async def close(self) -> None:
        """Publish the rest of every log, and leave the other workers."""
        # Each task is cancelled again until it ends. redis-py uses `asyncio.wait_for`, which may swallow a
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
                await self.spending.publish_changes()
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
            with self._refusing_without_redis():
                [found] = await self._store.execute(("GET", self._store.keys.info(stream_id)))
            if found is None:
                return None
            info = from_json(found)
            if "start_position" in info:
                return self._replicas.setdefault(
                    stream_id, ReplicaStream(stream_id, info, self._workers, self._announce_readers)
                )
            # A worker has claimed the id, and the stream is about to begin there.
            await asyncio.sleep(FRAME_INTERVAL_SECONDS / 2)
        return None

    async def claim(self, stream_id: str, caller: str) -> bool:
        """Reserve an id for a stream that is about to begin here; see `Cluster.claim`.

        Raises:
            Refused: Redis does not answer.
        """
        with self._refusing_without_redis():
            return await self._claims.claim(stream_id, caller)

    def publish(self, stream: ServedStream) -> None:
        """Let the other workers read a stream that has begun here."""
        self._publisher.add(stream)

    async def stop_pending(self, stream_id: str, caller: str) -> None:
        """Stop a stream that has not begun yet, because the Stop arrived before the request that opens the stream.

        Raises:
            Refused: Redis does not answer.
        """
        with self._refusing_without_redis():
            await self._claims.stop_pending(stream_id, caller)

    def forget(self, stream_id: str) -> None:
        """Stop publishing a stream that was removed here, or release a claimed id whose stream did not begin."""
        if not self._publisher.forget(stream_id):
            release = asyncio.create_task(self._claims.release(stream_id))
            self._tasks.add(release)
            release.add_done_callback(self._tasks.discard)

    def _announce_readers(self, replica: ReplicaStream) -> None:
        """Tell a stream's owner whether the stream has readers here. Only then is the replica kept up to date."""
        self._workers.enqueue(replica.owner, Action.READ if replica.readers else Action.LEAVE, ids=[replica.id])
        if replica.readers:
            # A read that is already waiting does not include this replica's log. The `WAKE` ends it, so that the
            # next read includes the log.
            self._workers.enqueue(self._workers.name, Action.WAKE)

    @contextmanager
    def _refusing_without_redis(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailableError as error:
            self._workers.record_outage(error)
            raise Refused(503, STORE_UNAVAILABLE, {"Retry-After": "5"}) from None

    async def _run_forever(self, step: Callable[[], Awaitable[None]], pause_seconds: float) -> None:
        while True:
            try:
                await step()
                await asyncio.sleep(pause_seconds)
            except StoreUnavailableError as error:
                self._workers.record_outage(error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                # The step is repeated even after an unexpected error, because an error in one stream must not end
                # all others.
                log.exception("the data that the workers share is not up to date")
                await asyncio.sleep(RETRY_SECONDS)

    async def _check_owners(self) -> None:
        """Tell live owners that their streams still have readers here, and end the replicas of dead owners."""
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
            if not (
                found := await self._store.read_entries({self._store.keys.log(replica.id): replica.last_entry})
            ):
                replica.mark_lost()
            for _, _, batch in found:
                _apply(replica, batch)

    async def _read_news(self) -> None:
        """Wait for commands and for new entries in the logs of replicas with readers, and handle both."""
        mine = self._store.keys.commands(self._workers.name)
        growing = [each for each in self._replicas.values() if each.readers and not each.feed.is_closed]
        replicas = {self._store.keys.log(replica.id): replica for replica in growing}
        # Commands are deleted after they were handled, so every command in the Redis Stream is a new one.
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


def _apply(replica: ReplicaStream, batch: dict[str, Any]) -> None:
    try:
        replica.apply(batch)
    except (ProtocolError, KeyError, TypeError):
        # The owner runs another version of nbstream. Other streams may still be readable.
        log.exception("a stream of another worker cannot be read here")
        replica.mark_lost()
