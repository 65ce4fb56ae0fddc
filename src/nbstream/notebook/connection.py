"""The kernel's end of the link to the pages of one chat: frames out at their pace, and what pages say in.

The page's end is `js/src/connection.ts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from ..core.codec import frame_or_none, to_wire
from ..core.log import Log
from ..core.outbox import INTERVAL, Outbox
from ..core.presence import TICK, Presence
from ..core.protocol import Ack, Bye, Command, Frame, Resync, Update
from ..kernel.event_loop import Runner, clock

log = logging.getLogger("nbstream")

DESERTED_AFTER = 2.0
"""Seconds without any view until a reply is stopped.

Moving a cell or running it again takes its view away for a tenth of a second; a reader who cleared the output
does not bring it back.
"""

FRAMES_A_SECOND = 200
"""Frames of all chats of a kernel together.

From one kernel to one page, 200 messages a second arrive with a median lag of 29 ms, 500 with 72 ms, 900 with
1.3 s, and of 3,000 a third is lost.
"""

_pages_seen = False
"""A page of some chat has been heard in this process. Without one, nobody is missed: a script, nbconvert, a
kernel whose page is still on its way."""

_sent_at: dict[int, float] = {}
"""When each chat sent its latest frames, by the identity of its connection."""


def _interval(now: float) -> float:
    """Seconds between the frames of one chat, by how many chats have sent in the latest second."""
    # A copy, as another loop's chats may send meanwhile.
    active = sum(at > now - 1.0 for at in list(_sent_at.values()))
    return max(INTERVAL, active / FRAMES_A_SECOND)


class Connection:
    """Takes frames from the outbox when they are due and gives what pages say to those it concerns.

    Lives on one loop; only `hear` may be called from any thread.

    Args:
        source: The log that the pages are told.
        runner: Where it lives.
        send: Sends one frame to all pages.
        on_wish: A reader pressed a button or sent a message.
        on_left: Nobody reads here: `"closed"` when the pages that are there show the chat no more, `"abandoned"`
            when no page is there.
        on_greeting: A page said that it is there.
        abandon_after: Gives the seconds without a page after which nobody is there; `None` means never.
        listening: Whether the kernel could have heard a page in the latest seconds, as many as given.
    """

    def __init__(
        self,
        source: Log,
        runner: Runner,
        send: Callable[[dict[str, Any]], None],
        on_wish: Callable[[Command], None],
        on_left: Callable[[str], None],
        on_greeting: Callable[[], None] = lambda: None,
        abandon_after: Callable[[], float | None] = lambda: None,
        listening: Callable[[float], bool] = lambda _: True,
    ) -> None:
        self._outbox = Outbox(source)
        self._runner = runner
        self._send = send
        self._on_wish = on_wish
        self._on_left = on_left
        self._on_greeting = on_greeting
        self._abandon_after = abandon_after
        self._listening = listening
        self._attendance: Presence | None = None
        self._look: asyncio.TimerHandle | None = None
        self._views: dict[str, int] = {}
        # What the pages said of the notebook's file; a page that left may be loaded again.
        self._saves: dict[str, bool] = {}
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._desertion: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """The log has grown. Called for every token, so it does next to nothing while a frame is planned."""
        if self._due is None or self._due > clock() + self._outbox.interval:
            self._plan()

    def hear(self, wire: object) -> None:
        """Something came from a page, on whatever thread."""
        if (frame := frame_or_none(wire)) is not None:
            self._runner.post(self._receive, frame)

    def watch(self) -> None:
        """A reply runs, which somebody should read."""
        self.unwatch()
        self._attendance = Presence(clock())
        self._look = self._runner.loop.call_later(TICK, self._count)

    def unwatch(self) -> None:
        """No reply runs."""
        self._attendance = None
        if self._look is not None:
            self._look.cancel()

    @property
    def saved_by_page(self) -> bool | None:
        """Whether a page writes the notebook's file, or `None` while none has been heard."""
        return any(self._saves.values()) if self._saves else None

    def close(self) -> None:
        """Send no more."""
        self._closed = True
        _sent_at.pop(id(self), None)
        self.unwatch()
        self._plan()
        if self._desertion is not None:
            self._desertion.cancel()

    def _receive(self, frame: Frame) -> None:
        now = clock()
        if isinstance(frame, Ack):
            self._outbox.ack(frame.page, frame.seq, frame.received, now)
            self._count_views(frame.page, frame.views)
        elif isinstance(frame, Resync):
            self._outbox.resync(frame.page, frame.seq, now)
            self._saves[frame.page] = frame.saves
            self._on_greeting()
            self._count_views(frame.page, frame.views)
        elif isinstance(frame, Bye):
            self._outbox.forget(frame.page)
            self._views.pop(frame.page, None)
        elif isinstance(frame, Command):
            self._on_wish(frame)
        self._plan()

    def _count(self) -> None:
        now, patience = clock(), self._abandon_after()
        attendance = self._attendance
        if attendance is None:
            return
        self._look = self._runner.loop.call_later(TICK, self._count)
        attendance.look(now, listening=_pages_seen and self._listening(TICK))
        if patience is None:
            attendance.heard()
        elif attendance.is_empty(patience):
            self._on_left("abandoned")
        elif attendance.is_to_ask(patience):
            self._send_all(self._outbox.ask(now))

    def _count_views(self, page: str, views: int) -> None:
        global _pages_seen
        _pages_seen = True
        if views and self._attendance is not None:
            self._attendance.heard()
        for gone in self._views.keys() - self._outbox.readers.keys():
            del self._views[gone]
        before = sum(self._views.values())
        self._views[page] = views
        after = sum(self._views.values())
        if self._desertion is not None and after:
            self._desertion.cancel()
            self._desertion = None
        if before and not after:
            self._desertion = self._runner.loop.call_later(DESERTED_AFTER, self._on_left, "closed")

    def _plan(self) -> None:
        now = clock()
        due = None if self._closed else self._outbox.due_at(now)
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None
        if due is not None:
            self._timer = self._runner.loop.call_later(max(0.0, due - now), self._flush)

    def _flush(self) -> None:
        now = clock()
        _sent_at[id(self)] = now
        self._outbox.interval = _interval(now)
        self._send_all(self._outbox.take(now))
        self._due = None
        self._plan()

    def _send_all(self, frames: list[Update]) -> None:
        for frame in frames:
            try:
                self._send(to_wire(frame))
            except Exception:
                # The outbox takes it for a loss, and the page is asked.
                log.warning("a frame could not be sent", exc_info=True)
