"""What waits for the pages, and whether it may go now.

The log is the truth; a page is a place in it. So nothing is queued: what a page has not been sent is the log
from its place on, text that piled up meanwhile comes merged by itself, and what a slow page costs is a number.

Frames reach every page at once (a comm is a broadcast). Pages that are in step share the frames; one that
missed something, or came later, is brought up by frames addressed to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .log import Log
from .protocol import Update

INTERVAL = 0.12
"""Seconds between two frames of one chat, within the contract's ten updates a second.

A page paints on its screen's frames. The tenth of a second itself is six of them and leaves no room: every late
one makes an eleventh update in a second, or has the page fall behind what comes.
"""

HIGH = 32_768
"""High mark, in characters a page was sent and has not painted; past it nothing more is sent.

A page slowed down 20 times paints about 16,000 characters of Markdown a second, so what it still holds when
an answer ends is painted in two seconds.
"""

LOW = HIGH // 2
"""Low mark: sending goes on below it. Half, so that frames in flight keep a fast page busy meanwhile."""

PROBE_AFTER = 3.0
"""Seconds after the last frame in which a page says that it has it, or is asked; then twice as long, and so on.

A lost frame is noticed when the next one comes; the last frame before a pause has no next one. A page
acknowledges in such a pause after half this time by itself.
"""

PROBES = 5
"""Questions without an answer, the last after three quarters of a minute, until a page is forgotten.

Whatever it says brings it back.
"""


@dataclass(slots=True)
class Reader:
    """One page, as far as the kernel knows.

    Attributes:
        sent: The place up to which it was sent everything.
        acked: The place up to which it has painted.
        received: The place up to which it has everything.
        heard: When it last said something.
        told: When it was last sent something.
        held: It is over the high mark, and not yet back under the low one.
        asked: It has said where it is and waits for an answer.
        probes: How often it was asked since it last said something.
    """

    sent: int = 0
    acked: int = 0
    received: int = 0
    heard: float = 0.0
    told: float = 0.0
    held: bool = False
    asked: bool = False
    probes: int = 0

    def room(self) -> int:
        """Characters that may be sent to it now."""
        return 0 if self.held else HIGH - (self.sent - self.acked)

    def weigh(self) -> None:
        """Decide between the marks; after every change of `sent` or `acked`."""
        unpainted = self.sent - self.acked
        self.held = unpainted > LOW if self.held else unpainted >= HIGH

    def probe_at(self) -> float | None:
        """When to ask it where it is."""
        if self.received >= self.sent:
            return None
        return max(self.heard, self.told) + PROBE_AFTER * (1 << self.probes)


class Outbox:
    """Frames for the pages of one chat. Time is an argument, in seconds of any one clock."""

    def __init__(self, log: Log) -> None:
        self.interval = INTERVAL
        self.readers: dict[str, Reader] = {}
        self._log = log
        self._sent = 0
        self._next_at = 0.0
        # Who listens before any page has said its name: the first frames must not wait for a greeting that a
        # busy kernel may hear only later.
        self._unnamed = Reader()

    def ack(self, page: str, seq: int, received: int, now: float) -> None:
        """A page has painted up to `seq` and received everything up to `received`."""
        reader = self._hear(page, now)
        reader.acked = max(reader.acked, min(seq, self._log.seq))
        reader.received = max(reader.received, reader.acked, min(received, self._log.seq))
        reader.sent = max(reader.sent, reader.received)
        reader.weigh()

    def resync(self, page: str, seq: int, now: float) -> None:
        """A page is at `seq` and has missed what follows, or is new and at 0."""
        reader = self._hear(page, now)
        reader.sent = reader.received = min(seq, self._log.seq)
        reader.acked = min(reader.acked, reader.sent)
        reader.asked = True
        reader.weigh()

    def ask(self, now: float) -> list[Update]:
        """A question to every page, whether it is still there."""
        for reader in self.readers.values():
            reader.told = now
        return [Update(self._sent, self._sent, now)]

    def forget(self, page: str) -> None:
        """A page is gone."""
        self.readers.pop(page, None)

    def due_at(self, now: float) -> float | None:
        """When `take` has something to give; `None` while there is nothing to wait for."""
        if self._room() or self._behind():
            return max(now, self._next_at)
        probes = [at for reader in self.readers.values() if (at := reader.probe_at()) is not None]
        return max(now, self._next_at, min(probes)) if probes else None

    def take(self, now: float) -> list[Update]:
        """The frames that go now: one for the pages in step, one for each that is behind or silent."""
        if now < self._next_at:
            return []
        frames = [self._catch_up(page, now) for page in self._behind()]
        if room := self._room():
            frames.append(self._broadcast(room, now))
        frames += self._questions(now)
        if frames:
            self._next_at = now + self.interval
        return frames

    def _hear(self, page: str, now: float) -> Reader:
        reader = self.readers.setdefault(page, Reader())
        reader.heard = now
        reader.probes = 0
        return reader

    def _in_step(self) -> list[Reader]:
        readers = self.readers.values() if self.readers else [self._unnamed]
        return [reader for reader in readers if reader.sent == self._sent and not reader.asked]

    def _room(self) -> int:
        """How much a broadcast may carry: what the fastest page in step has room for."""
        if self._log.seq == self._sent:
            return 0
        return max((reader.room() for reader in self._in_step()), default=0)

    def _broadcast(self, room: int, now: float) -> Update:
        # A page without room drops this frame or paints it late; its next word says where it is.
        listeners = [reader for reader in self._in_step() if reader.room()]
        base = self._sent
        ops, self._sent = self._log.since(base, room)
        for reader in listeners:
            reader.sent = self._sent
            reader.told = now
            reader.weigh()
        return Update(base, self._sent, now, ops)

    def _behind(self) -> list[str]:
        return [
            page
            for page, reader in self.readers.items()
            if reader.asked or (reader.sent < self._sent and reader.room())
        ]

    def _catch_up(self, page: str, now: float) -> Update:
        reader = self.readers[page]
        base = reader.sent
        ops, reader.sent = self._log.since(base, min(reader.room(), self._sent - base))
        reader.asked = False
        reader.told = now
        reader.weigh()
        return Update(base, reader.sent, now, ops, page)

    def _questions(self, now: float) -> list[Update]:
        silent = {
            page: reader
            for page, reader in self.readers.items()
            if (at := reader.probe_at()) is not None and at <= now
        }
        for page, reader in list(silent.items()):
            reader.probes += 1
            if reader.probes > PROBES:
                del self.readers[page], silent[page]
        return [Update(reader.sent, reader.sent, now, (), page) for page, reader in silent.items()]
