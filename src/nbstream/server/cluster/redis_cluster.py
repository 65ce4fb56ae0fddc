"""Several workers that serve the same streams, by a Redis.

Each stream runs at one worker, its owner, which publishes its log (`publication.py`). At any other one a reader
reads a mirror of it (`mirror.py`), and what is wanted of it goes to its owner as a command (`peers.py`). The owner
knows who reads elsewhere by a sign that is repeated; a mirror knows its owner's death by one that is missing.

While Redis is away, what runs here goes on for those who read here; what would have to be looked for there is
refused. Readers elsewhere wait; after some seconds their connections count as lost, and they come back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from ...core.outbox import INTERVAL
from ...core.protocol import ProtocolError
from ...kernel.event_loop import clock
from ..billing.ledger import Ledger
from ..errors import Refused
from ..streams.stream import ServedStream, StreamSource
from .publisher import BEGUN, KEPT, Publisher, log_key, stream_key
from .redis_store import Command, Store, StoreUnavailableError, dump, load
from .replica import ReplicaStream
from .workers import AGAIN, BEAT, Workers, commands_key

log = logging.getLogger("nbstream")

BLOCK = 1.0
"""Seconds that Redis waits for something to be read; what is new to be read meanwhile ends it."""

GATHER = 0.02
"""Seconds in which what comes of many streams is gathered."""

CLOSING = 2.0
"""Seconds that the end of a worker may take here."""

CLAIM = """
if redis.call('GET', KEYS[2]) == ARGV[2] then return 0 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[3]) and 1 or 0
"""
"""A name is one claim's, also where that is sent again, unless its caller stopped the stream before it came."""


class Shared:
    """The streams of other workers, and theirs of this one. Lives on one loop.

    Args:
        url: The address of the Redis that all of them know.
    """

    def __init__(self, url: str) -> None:
        self._store = Store(url)
        self._peers = Workers(self._store)
        self._published = Publisher(self._store, self._peers)
        # As long as anybody holds a mirror, it is the one of its stream.
        self._known: WeakValueDictionary[str, ReplicaStream] = WeakValueDictionary()
        self._followed: dict[str, ReplicaStream] = {}
        self._obeyed = "0-0"
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, ledger: Ledger) -> None:
        """Begin to tell the others, and to hear them."""

        async def beat() -> None:
            await self._peers.beat(ledger)
            await self._look_after()

        async def look() -> None:
            # Not after a beat: while Redis was away, what was read elsewhere only ran on for nobody.
            self._published.look()

        with suppress(StoreUnavailableError):
            await beat()
        publish, send = self._published.publish, self._peers.send
        steps = ((beat, BEAT), (look, BEAT), (publish, INTERVAL), (self._read, GATHER), (send, 0.0))
        self._tasks = {asyncio.create_task(self._repeat(step, pause)) for step, pause in steps}

    async def close(self) -> None:
        """Say the last, and that this worker ends."""
        # More than once: redis-py writes under `asyncio.wait_for`, which in Python 3.11 may lose a cancellation.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.05)
        for mirror in list(self._followed.values()):
            mirror.growing.end()
        with suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(CLOSING):
                while not self._published.is_complete:
                    await self._published.publish()
                await self._peers.leave()
        await self._store.close()

    async def find(self, name: str) -> StreamSource | None:
        """The stream of this name, wherever it runs.

        Raises:
            Refused: Redis does not answer.
        """
        deadline = clock() + BEGUN
        while clock() < deadline:
            if (mine := self._published.find(name)) is not None:
                return mine
            if (known := self._known.get(name)) is not None:
                return known
            [found] = await self._ask(("GET", stream_key(name)))
            if found is None:
                return None
            about = load(found)
            if "start" in about:
                return self._known.setdefault(name, ReplicaStream(name, about, self))
            # Claimed, and about to begin.
            await asyncio.sleep(INTERVAL / 2)
        return None

    async def claim(self, name: str, caller: str) -> bool:
        """Whether nobody else has a stream of this name, nor has its caller stopped it before it came.

        Raises:
            Refused: Redis does not answer.
        """
        about = dump({"worker": self._peers.name, "caller": caller, "claim": secrets.token_hex(8)})
        keys = (stream_key(name), _stopped_key(name))
        [claimed] = await self._ask(("EVAL", CLAIM, 2, *keys, about, caller, KEPT))
        return bool(claimed)

    def announce(self, served: ServedStream) -> None:
        """A stream begins here; the others may read it from now on."""
        self._published.add(served)

    async def stop_early(self, name: str, caller: str) -> None:
        """A stream was stopped that is not there yet.

        Raises:
            Refused: Redis does not answer.
        """
        stop: Command = ("SET", _stopped_key(name), caller, "EX", KEPT)
        _, found = await self._ask(stop, ("GET", stream_key(name)))
        if found is not None:
            # It has come meanwhile.
            self.tell(load(found)["worker"], do="stop", id=name, caller=caller)

    def forget(self, name: str) -> None:
        """A stream is not here any more, or has not begun although its name was claimed."""
        if not self._published.forget(name):
            release = asyncio.create_task(self._release(name))
            self._tasks.add(release)
            release.add_done_callback(self._tasks.discard)

    @property
    def ahead(self) -> float:
        """Seconds by which the clock that all workers share is ahead of this one's."""
        return self._peers.ahead

    def follow(self, mirror: ReplicaStream) -> None:
        """Keep a mirror up to date from now on."""
        self._followed[mirror.id] = mirror
        self.tell(mirror.worker, do="read", ids=[mirror.id])
        # What waits for news does not know of this one.
        self.tell(self._peers.name, do="look")

    def leave(self, mirror: ReplicaStream) -> None:
        """Nobody reads a mirror any more."""
        if self._followed.pop(mirror.id, None) is not None:
            self.tell(mirror.worker, do="leave", ids=[mirror.id])

    def tell(self, worker: str, /, **command: Any) -> None:
        """Have a worker do something."""
        self._peers.tell(worker, **command)

    async def _ask(self, *commands: Command) -> list[Any]:
        try:
            return await self._store.run(*commands, together=True)
        except StoreUnavailableError as error:
            self._peers.note(error)
            raise Refused(
                503, "The servers here cannot reach what they share; try again in a moment.", {"Retry-After": "5"}
            ) from None

    async def _repeat(self, step: Callable[[], Awaitable[None]], pause: float) -> None:
        while True:
            try:
                await step()
                await asyncio.sleep(pause)
            except StoreUnavailableError as error:
                self._peers.note(error)
                await asyncio.sleep(AGAIN)
            except Exception:
                # What is wrong with one stream must not be the end of the others.
                log.exception("what the workers share is not up to date")
                await asyncio.sleep(AGAIN)

    async def _look_after(self) -> None:
        """Who reads where, and whose worker has gone."""
        read: dict[str, list[str]] = {}
        gone = []
        for mirror in self._followed.values():
            if self._peers.has_gone(mirror.worker):
                gone.append(mirror)
            else:
                read.setdefault(mirror.worker, []).append(mirror.id)
        for worker, names in read.items():
            self.tell(worker, do="read", ids=names)
        for mirror in gone:
            # What it wrote last comes first.
            while not mirror.growing.ended:
                if not (found := await self._store.read({log_key(mirror.id): mirror.entry})):
                    mirror.lose()
                for _, _, data in found:
                    _take(mirror, data)

    async def _read(self) -> None:
        mine = commands_key(self._peers.name)
        mirrors = {log_key(mirror.id): mirror for mirror in self._followed.values() if not mirror.growing.ended}
        places = {mine: self._obeyed, **{key: mirror.entry for key, mirror in mirrors.items()}}
        done = []
        for key, entry, data in await self._store.read(places, BLOCK):
            if key != mine:
                _take(mirrors[key], data)
                continue
            self._obeyed = entry
            done.append(entry)
            if self._peers.is_new(data):
                self._published.obey(data)
        if done:
            await self._store.run(("XDEL", mine, *done))

    async def _release(self, name: str) -> None:
        with suppress(StoreUnavailableError):
            await self._store.run(("DEL", stream_key(name)))


def _stopped_key(name: str) -> str:
    return f"nbstream:{{{name}}}:stopped"


def _take(mirror: ReplicaStream, data: dict[str, Any]) -> None:
    try:
        mirror.take(data)
    except (ProtocolError, KeyError, TypeError):
        # Its worker has another version of nbstream; those of other streams may not.
        log.exception("a stream of another worker cannot be read here")
        mirror.lose()
