"""The kernel's end of the link to one chat's pages: sends frames as fast as pages paint, and receives messages.

The page's end is `js/src/chat/connection.ts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from ..core.codec import frame_or_none, to_wire
from ..core.command_frames import Command
from ..core.log import Log
from ..core.outbox import FRAME_INTERVAL_SECONDS, Outbox
from ..core.presence import TICK_SECONDS, Presence
from ..core.protocol import Ack, Asset, Bye, Frame, RequestAsset, Resync, Update, Via
from ..core.variable_frames import ListVariables, Refusal, Variables
from ..kernel.event_loop import ReplyLoop, clock
from .view_count import ViewCount

log = logging.getLogger("nbstream")

MAX_FRAMES_PER_SECOND = 200
"""Frames that all chats of a kernel together may send in a second.

Measured from one kernel to one page, 200 messages a second arrive with a median lag of 29 ms, 500 with 72 ms and
900 with 1.3 s. At 3,000 messages a second, a third of them is lost.
"""

READ_LEAD_SECONDS = 0.003
"""Time before a frame is due in which all text is read that has come, so that the frame has it."""

_any_page_seen = False
"""Whether a page of any chat has sent a message in this process. Until then no reply counts as abandoned. Scripts
and nbconvert have no page, and the first page may still be loading."""

_sent_at: dict[int, float] = {}
"""The time of each chat's latest frames, by the `id()` of its connection."""


def _frame_interval(now: float) -> float:
    """Return the seconds between two frames of one chat. They grow with the number of chats that send frames."""
    # The values are copied, because a chat on another loop may change the dict during the count.
    active = sum(at > now - 1.0 for at in list(_sent_at.values()))
    return max(FRAME_INTERVAL_SECONDS, active / MAX_FRAMES_PER_SECOND)


class Connection:
    """Sends the outbox's frames to pages when they are due, and passes on the commands that pages send.

    Its methods must be called on one event loop, except `receive`, which may be called from any thread.

    Args:
        log_source: The log that the pages receive.
        loop: The event loop on which the connection is used.
        send: Sends one frame to all pages.
        on_command: Called when the user of a page pressed a button, sent a message or looked for a variable.
        on_abandoned: Called with a stop reason when no page shows the chat any more. The reason is `"closed"` if
            pages are connected and have removed the chat, and `"abandoned"` if no page is connected.
        on_page_connected: Called when a page connects.
        abandon_after: Returns the seconds without a page after which the reply counts as abandoned; `None` means
            never. After the last page's goodbye, `GOODBYE_SECONDS` are enough.
        was_listening: Called with a number of seconds. Returns whether the kernel could have received a message
            in that time before now.
        closes_without_view: Whether a chat whose last view is gone counts as removed by the user.
    """

    def __init__(
        self,
        log_source: Log,
        loop: ReplyLoop,
        send: Callable[[dict[str, Any]], None],
        on_command: Callable[[Command | ListVariables], None],
        on_abandoned: Callable[[str], None],
        on_page_connected: Callable[[], None] = lambda: None,
        abandon_after: Callable[[], float | None] = lambda: None,
        was_listening: Callable[[float], bool] = lambda _: True,
        closes_without_view: bool = True,
    ) -> None:
        self._log = log_source
        self._outbox = Outbox(log_source)
        self._loop = loop
        self._send = send
        self._on_command = on_command
        self._on_abandoned = on_abandoned
        self._on_page_connected = on_page_connected
        self._abandon_after = abandon_after
        self._was_listening = was_listening
        self._presence: Presence | None = None
        self._presence_timer: asyncio.TimerHandle | None = None
        self._views = ViewCount(loop, on_abandoned, closes_without_view=closes_without_view)
        # The pages that have said goodbye. A frame that such a page sent before its goodbye may arrive after it,
        # because a busy kernel reads the comm late.
        self._departed: set[str] = set()
        # For each page, whether it writes the notebook's file. The entry of a closed page is kept, because the
        # page may be loaded again.
        self._saves: dict[str, bool] = {}
        self._is_closed = False
        self._frame_timer: asyncio.TimerHandle | None = None
        # Until the log reaches this position, text alone leaves the time of the next frame as it is.
        self._replan_from: float = 0
        self._planned_op_end = 0

    def log_changed(self) -> None:
        """Schedule a frame for the new ops in the log.

        This method is called for every token, so it returns quickly if the token changes nothing for the frame.
        """
        if self._log.seq >= self._replan_from or self._log.op_end > self._planned_op_end:
            self._plan_frame()

    def slack_seconds(self) -> float:
        """Return the seconds in which further text would cause no frame, so that the caller need not read it."""
        now = clock()
        return self._outbox.no_text_before(now) - READ_LEAD_SECONDS - now

    def receive(self, wire: object, via: Via = "comm") -> None:
        """Handle a message that a page sent on this way. It may be called from any thread."""
        if (frame := frame_or_none(wire)) is not None:
            self._loop.post(self._receive, frame, via)

    def watch_presence(self) -> None:
        """Begin to check whether a page shows the chat, unless that is checked already."""
        if self._presence is not None:
            return
        self._presence = Presence(clock())
        self._presence_timer = self._loop.loop.call_later(TICK_SECONDS, self._check_presence)

    def unwatch_presence(self) -> None:
        """Stop checking whether a page shows the chat. Called when a reply ends."""
        self._presence = None
        if self._presence_timer is not None:
            self._presence_timer.cancel()

    @property
    def saved_by_page(self) -> bool | None:
        """Whether a page writes the notebook's file; `None` if no page has connected yet."""
        return any(self._saves.values()) if self._saves else None

    @property
    def has_only_writers(self) -> bool:
        """Whether pages are connected, and all of them write the file, as JupyterLab and Notebook do."""
        return bool(self._outbox.pages) and all(self._saves.get(page) for page in self._outbox.pages)

    def close(self) -> None:
        """Send no more frames."""
        self._is_closed = True
        _sent_at.pop(id(self), None)
        self.unwatch_presence()
        self._plan_frame()
        self._views.close()

    def _receive(self, frame: Frame, via: Via) -> None:
        now = clock()
        match frame:
            case Ack() if frame.page not in self._departed:
                self._outbox.ack(frame.page, frame.seq, frame.received, now, via)
                self._outbox.set_hidden(frame.page, frame.hidden)
                self._count_views(frame.page, frame.views)
            case Resync():
                # A page that the browser had kept and shows again comes back with a resync.
                self._departed.discard(frame.page)
                self._outbox.resync(frame.page, frame.seq, now, via)
                self._outbox.set_hidden(frame.page, frame.hidden)
                self._saves[frame.page] = frame.saves
                self._on_page_connected()
                self._count_views(frame.page, frame.views)
            case Bye():
                self._say_goodbye(frame.page)
            case Ack() | Update() | Asset() | RequestAsset() | Variables() | Refusal():
                # This `Ack` is of a page that is gone. `PageCode` answers every `RequestAsset`. Only the kernel
                # sends the other frames.
                return
            case _:
                self._on_command(frame)
        self._plan_frame()

    def _say_goodbye(self, page: str) -> None:
        self._departed.add(page)
        self._outbox.forget(page)
        if self._views.forget(page) and self._presence is not None:
            self._presence.left()

    def _check_presence(self) -> None:
        now, limit_seconds = clock(), self._abandon_after()
        presence = self._presence
        if presence is None:
            return
        self._presence_timer = self._loop.loop.call_later(TICK_SECONDS, self._check_presence)
        presence.tick(now, was_listening=_any_page_seen and self._was_listening(TICK_SECONDS))
        if limit_seconds is None:
            presence.seen()
        elif presence.is_absent(limit_seconds):
            self._on_abandoned("abandoned")
        elif presence.should_probe(limit_seconds):
            presence.probed(limit_seconds)
            self._send_all(self._outbox.ping(now))

    def _count_views(self, page: str, views: int) -> None:
        global _any_page_seen
        _any_page_seen = True
        if views and self._presence is not None:
            self._presence.seen()
        self._views.keep(self._outbox.pages)
        self._views.set(page, views)

    def _plan_frame(self) -> None:
        now = clock()
        due = None if self._is_closed else self._outbox.due_at(now)
        if self._frame_timer is not None:
            self._frame_timer.cancel()
        self._frame_timer = None
        self._replan_from, self._planned_op_end = self._outbox.sooner_from(), self._log.op_end
        if due is not None:
            self._frame_timer = self._loop.loop.call_later(max(0.0, due - now), self._send_due_frames)

    def _send_due_frames(self) -> None:
        now = clock()
        _sent_at[id(self)] = now
        self._outbox.interval_seconds = _frame_interval(now)
        self._send_all(self._outbox.due_frames(now))
        self._plan_frame()

    def _send_all(self, frames: list[Update]) -> None:
        for frame in frames:
            try:
                self._send(to_wire(frame))
            except Exception:
                # The outbox treats the frame as lost in transit, and later asks the page for its position.
                log.warning("a frame could not be sent", exc_info=True)
