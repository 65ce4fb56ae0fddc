"""The streams of this worker as the others find them: what each is, its log, and what is wanted of it elsewhere.

The log is a Redis Stream whose entries are named by the place after them, and a page is appended to the one before
it or not at all. So what is sent again, because nobody knew whether it had arrived, is there once; and where Redis
has lost everything, all is sent anew.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from ...core.codec import op_to_wire
from ...core.protocol import ProtocolError
from ...kernel.event_loop import clock
from ..streams.stream import ServedStream
from .redis_store import Command, Store, dump
from .workers import VALID, Workers

KEPT = 60
"""Seconds that what is known of a stream outlives its end, or its worker."""

RENEWED = 20.0
"""Seconds after which it is said again, so that it does not expire."""

BEGUN = 2.0
"""Seconds in which a stream that was claimed has begun, or never will."""

PAGE = 65_536
"""Characters and ops that are sent at once."""

PUBLISH = """
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local top = last[1] and last[1][1] or '0-0'
if top == ARGV[1] and top ~= ARGV[2] then
  local added = redis.pcall('XADD', KEYS[2], ARGV[2], 'data', ARGV[3])
  if type(added) == 'string' then top = added end
end
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return top
"""
"""Append what follows an entry, if that is the last one; gives the last one. Where that cannot be, it fails alone:
others are sent together with it."""


def stream_key(name: str) -> str:
    """Where it stands what a stream is."""
    return f"nbstream:{{{name}}}:stream"


def log_key(name: str) -> str:
    """Where a stream's log is."""
    return f"nbstream:{{{name}}}:log"


class StreamPublisher:
    """What of a stream has been published.

    Args:
        served: The stream.
        peers: The worker that it runs at.

    Attributes:
        forgotten: It will not be found here any more, and is over when all is published.
    """

    def __init__(self, served: ServedStream, peers: Workers) -> None:
        self.served = served
        self.forgotten = False
        self._peers = peers
        self._top = "0-0"
        self._renew_at = 0.0

    @property
    def is_complete(self) -> bool:
        """All that there is has been published, or stands behind what another stream of the same name has there.

        Two begin where Redis has lost the name meanwhile.
        """
        seq = self.served.growing.log.seq
        return self._top == self._name(seq) or int(self._top.split("-")[0]) > seq

    @property
    def is_due(self) -> bool:
        """There is something to say."""
        return not self.is_complete or clock() >= self._renew_at

    def page(self) -> Command:
        """What says it."""
        served, place = self.served, int(self._top.split("-")[0])
        ops, after = served.growing.log.since(place, PAGE)
        entry = self._name(after)
        data = {"from": place, "ops": [op_to_wire(op) for op in ops], "ended": entry.endswith("-1")}
        about = {
            "worker": self._peers.name,
            "stem": served.stem,
            "caller": served.caller,
            "start": served.start,
            "resume_for": served.resume_for,
            "goes_on": served.goes_on,
            "longest": served.longest,
            "ahead": self._peers.ahead,
        }
        keys = (stream_key(served.id), log_key(served.id))
        return ("EVAL", PUBLISH, 2, *keys, self._top, entry, dump(data), dump(about), KEPT)

    def published(self, top: str) -> None:
        """Redis has it up to this entry."""
        self._top = top
        self._renew_at = clock() + RENEWED

    def _name(self, place: int) -> str:
        """An entry's name: the place after it, and whether that is the end."""
        growing = self.served.growing
        return f"{place}-{int(growing.ended and place == growing.log.seq)}"


class Publisher:
    """All of this worker's.

    Args:
        store: Where they are published.
        peers: This worker among the others.
    """

    def __init__(self, store: Store, peers: Workers) -> None:
        self._store = store
        self._peers = peers
        self._all: dict[str, StreamPublisher] = {}
        # Of each stream, who reads it elsewhere, and until when that holds.
        self._signs: dict[str, dict[str, float]] = {}
        # Who stopped what was claimed and has not begun.
        self._stopped: dict[str, str] = {}

    @property
    def is_complete(self) -> bool:
        """All that there is has been published."""
        return all(publication.is_complete for publication in self._all.values())

    def find(self, name: str) -> ServedStream | None:
        """A stream that runs here."""
        publication = self._all.get(name)
        return None if publication is None or publication.forgotten else publication.served

    def add(self, served: ServedStream) -> None:
        """A stream begins here."""
        self._all[served.id] = StreamPublisher(served, self._peers)
        if self._stopped.pop(served.id, None) == served.caller:
            # Its question is asked in this same turn of the loop.
            asyncio.get_running_loop().call_soon(served.stop)

    def forget(self, name: str) -> bool:
        """A stream is not here any more; `False` if it never was."""
        if (publication := self._all.get(name)) is None:
            return False
        publication.forgotten = True
        return True

    async def publish(self) -> None:
        """Say what is new."""
        due = [publication for publication in self._all.values() if publication.is_due]
        if due:
            tops = await self._store.run(*(publication.page() for publication in due))
            for publication, top in zip(due, tops, strict=True):
                publication.published(top.decode())
        for name, publication in list(self._all.items()):
            if publication.forgotten and publication.is_complete:
                del self._all[name]

    def obey(self, command: dict[str, Any]) -> None:
        """Another worker's readers want something, or show that they read."""
        if command["do"] in ("read", "leave"):
            until = clock() + VALID if command["do"] == "read" else 0.0
            for name in command["ids"]:
                self._signs.setdefault(name, {})[command["by"]] = until
                self._look(name)
        elif command["do"] in ("stop", "hear"):
            served, caller = self.find(command["id"]), command["caller"]
            if served is None:
                if command["do"] == "stop":
                    self._stopped[command["id"]] = caller
                    asyncio.get_running_loop().call_later(BEGUN, self._stopped.pop, command["id"], None)
            elif served.caller == caller:
                # What is no wish of this stream was sent by one page; what the others want of here goes on.
                with suppress(ProtocolError):
                    served.stop() if command["do"] == "stop" else served.hear(command["frame"])

    def look(self) -> None:
        """Which streams are not read elsewhere any more, although nobody has said so."""
        for name in list(self._signs):
            self._look(name)

    def _look(self, name: str) -> None:
        now = clock()
        signs = {worker: until for worker, until in self._signs.pop(name).items() if until > now}
        if signs:
            self._signs[name] = signs
        served = self.find(name)
        if served is not None and served.elsewhere != bool(signs):
            served.elsewhere = bool(signs)
            served.look()
