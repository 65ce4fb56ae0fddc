"""The kernel's end of the link to the pages of one chat: frames out at their pace, and what pages say in.

The page's end is `js/src/connection.ts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from .core.log import Log
from .core.outbox import INTERVAL, Outbox
from .core.protocol import Ack, Bye, Continue, Frame, Prompt, Resync, Retry, Stop, Wish
from .core.wire import frame_or_none, to_wire
from .runner import Runner, clock

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

_sent_at: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
"""When each chat sent its latest frames."""


def _interval(now: float) -> float:
    """Seconds between the frames of one chat, by how many chats have sent in the latest second."""
    active = sum(at > now - 1.0 for at in _sent_at.values())
    return max(INTERVAL, active / FRAMES_A_SECOND)


class Connection:
    """Takes frames from the outbox when they are due and gives what pages say to those it concerns.

    Lives on one loop; only `hear` may be called from any thread.

    Args:
        source: The log that the pages are told.
        runner: Where it lives.
        send: Sends one frame to all pages.
        on_wish: A reader pressed a button or sent a message; heard once, however often it is repeated.
        on_deserted: No page shows the chat any more.
        on_greeting: A page said that it is there.
    """

    def __init__(
        self,
        source: Log,
        runner: Runner,
        send: Callable[[dict[str, Any]], None],
        on_wish: Callable[[Wish], None],
        on_deserted: Callable[[], None],
        on_greeting: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = Outbox(source)
        self._runner = runner
        self._send = send
        self._on_wish = on_wish
        self._on_deserted = on_deserted
        self._on_greeting = on_greeting
        self._views: dict[str, int] = {}
        self._wishes: set[str] = set()
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

    @property
    def saved_by_page(self) -> bool | None:
        """Whether a page writes the notebook's file, or `None` while none has been heard."""
        return any(self._saves.values()) if self._saves else None

    def close(self) -> None:
        """Send no more."""
        self._closed = True
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
        elif isinstance(frame, Stop):
            self._on_wish(frame)
        elif isinstance(frame, Prompt | Retry | Continue) and frame.key not in self._wishes:
            self._wishes.add(frame.key)
            self._on_wish(frame)
        self._plan()

    def _count_views(self, page: str, views: int) -> None:
        before = sum(self._views.values())
        self._views[page] = views
        after = sum(self._views.values())
        if self._desertion is not None and after:
            self._desertion.cancel()
            self._desertion = None
        if before and not after:
            self._desertion = self._runner.loop.call_later(DESERTED_AFTER, self._on_deserted)

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
        _sent_at[self] = now
        self._outbox.interval = _interval(now)
        for frame in self._outbox.take(now):
            try:
                self._send(to_wire(frame))
            except Exception:
                # The outbox takes it for a loss, and the page is asked.
                log.warning("a frame could not be sent", exc_info=True)
        self._due = None
        self._plan()
