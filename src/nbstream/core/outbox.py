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

FRAME_INTERVAL_SECONDS = 0.12
"""Seconds between two frames of one chat, within the contract's ten updates a second.

A page paints on its screen's frames. The tenth of a second itself is six of them and leaves no room: every late
one makes an eleventh update in a second, or has the page fall behind what comes.
"""

HIGH_MARK_CHARS = 32_768
"""High mark, in characters a page was sent and has not painted; past it nothing more is sent.

A page slowed down 20 times paints about 16,000 characters of Markdown a second, so what it still holds when
an answer ends is painted in two seconds.
"""

LOW_MARK_CHARS = HIGH_MARK_CHARS // 2
"""Low mark: sending goes on below it. Half, so that frames in flight keep a fast page busy meanwhile."""

PROBE_AFTER_SECONDS = 3.0
"""Seconds after the last frame in which a page says that it has it, or is asked; then twice as long, and so on.

A lost frame is noticed when the next one comes; the last frame before a pause has no next one. A page
acknowledges in such a pause after half this time by itself.
"""

MAX_PROBES = 5
"""Questions without an answer, the last after three quarters of a minute, until a page is forgotten.

Whatever it says brings it back.
"""


@dataclass(slots=True)
class PageState:
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
    last_heard_at: float = 0.0
    last_sent_at: float = 0.0
    is_paused: bool = False
    resync_requested: bool = False
    probes: int = 0

    def available_chars(self) -> int:
        """Characters that may be sent to it now."""
        return 0 if self.is_paused else HIGH_MARK_CHARS - (self.sent - self.acked)

    def update_flow(self) -> None:
        """Decide between the marks; after every change of `sent` or `acked`."""
        unpainted = self.sent - self.acked
        self.is_paused = unpainted > LOW_MARK_CHARS if self.is_paused else unpainted >= HIGH_MARK_CHARS

    def probe_at(self) -> float | None:
        """When to ask it where it is."""
        if self.received >= self.sent:
            return None
        return max(self.last_heard_at, self.last_sent_at) + PROBE_AFTER_SECONDS * (1 << self.probes)


class Outbox:
    """Frames for the pages of one chat. Time is an argument, in seconds of any one clock."""

    def __init__(self, log: Log) -> None:
        self.interval_seconds = FRAME_INTERVAL_SECONDS
        self.pages: dict[str, PageState] = {}
        self._log = log
        self._sent = 0
        self._next_at = 0.0
        # Who listens before any page has said its name: the first frames must not wait for a greeting that a
        # busy kernel may hear only later.
        self._unnamed_page = PageState()

    def ack(self, page: str, seq: int, received: int, now: float) -> None:
        """A page has painted up to `seq` and received everything up to `received`."""
        reader = self._record_activity(page, now)
        reader.acked = max(reader.acked, min(seq, self._log.seq))
        reader.received = max(reader.received, reader.acked, min(received, self._log.seq))
        reader.sent = max(reader.sent, reader.received)
        reader.update_flow()

    def resync(self, page: str, seq: int, now: float) -> None:
        """A page is at `seq` and has missed what follows, or is new and at 0."""
        reader = self._record_activity(page, now)
        reader.sent = reader.received = min(seq, self._log.seq)
        reader.acked = min(reader.acked, reader.sent)
        reader.resync_requested = True
        reader.update_flow()

    def ping(self, now: float) -> list[Update]:
        """A question to every page, whether it is still there."""
        for reader in self.pages.values():
            reader.last_sent_at = now
        return [Update(self._sent, self._sent, now)]

    def forget(self, page: str) -> None:
        """A page is gone."""
        self.pages.pop(page, None)

    def due_at(self, now: float) -> float | None:
        """When `take` has something to give; `None` while there is nothing to wait for."""
        if self._broadcast_chars() or self._pages_behind():
            return max(now, self._next_at)
        probes = [at for reader in self.pages.values() if (at := reader.probe_at()) is not None]
        return max(now, self._next_at, min(probes)) if probes else None

    def due_frames(self, now: float) -> list[Update]:
        """The frames that go now: one for the pages in step, one for each that is behind or silent."""
        if now < self._next_at:
            return []
        frames = [self._catch_up(page, now) for page in self._pages_behind()]
        if room := self._broadcast_chars():
            frames.append(self._broadcast(room, now))
        frames += self._probes(now)
        if frames:
            self._next_at = now + self.interval_seconds
        return frames

    def _record_activity(self, page: str, now: float) -> PageState:
        reader = self.pages.setdefault(page, PageState())
        reader.last_heard_at = now
        reader.probes = 0
        return reader

    def _in_sync(self) -> list[PageState]:
        readers = self.pages.values() if self.pages else [self._unnamed_page]
        return [reader for reader in readers if reader.sent == self._sent and not reader.resync_requested]

    def _broadcast_chars(self) -> int:
        """How much a broadcast may carry: what the fastest page in step has room for."""
        if self._log.seq == self._sent:
            return 0
        return max((reader.available_chars() for reader in self._in_sync()), default=0)

    def _broadcast(self, room: int, now: float) -> Update:
        # A page without room drops this frame or paints it late; its next word says where it is.
        listeners = [reader for reader in self._in_sync() if reader.available_chars()]
        base = self._sent
        ops, self._sent = self._log.read_from(base, room)
        for reader in listeners:
            reader.sent = self._sent
            reader.last_sent_at = now
            reader.update_flow()
        return Update(base, self._sent, now, ops)

    def _pages_behind(self) -> list[str]:
        return [
            page
            for page, reader in self.pages.items()
            if reader.resync_requested or (reader.sent < self._sent and reader.available_chars())
        ]

    def _catch_up(self, page: str, now: float) -> Update:
        reader = self.pages[page]
        base = reader.sent
        ops, reader.sent = self._log.read_from(base, min(reader.available_chars(), self._sent - base))
        reader.resync_requested = False
        reader.last_sent_at = now
        reader.update_flow()
        return Update(base, reader.sent, now, ops, page)

    def _probes(self, now: float) -> list[Update]:
        silent = {
            page: reader
            for page, reader in self.pages.items()
            if (at := reader.probe_at()) is not None and at <= now
        }
        for page, reader in list(silent.items()):
            reader.probes += 1
            if reader.probes > MAX_PROBES:
                del self.pages[page], silent[page]
        return [Update(reader.sent, reader.sent, now, (), page) for page, reader in silent.items()]
