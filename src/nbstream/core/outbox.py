"""Flow control of the frames to the pages of one chat.

The log has the whole conversation, and for each page the kernel keeps a position in the log. The page still needs
the part of the log after its position. So no frames are queued: text that accumulates for a slow page is sent as
one piece, and the page costs the kernel only one number.

A frame reaches every page at once (a comm is a broadcast). Pages that are in sync share the frames. A page that
has missed something, or was opened later, gets frames addressed to it until it has caught up.
"""

from __future__ import annotations

from .log import Log
from .page_state import LOW_MARK_CHARS, PageState
from .protocol import Update, Via

FRAME_INTERVAL_SECONDS = 0.12
"""Least time between two frames of one chat. nbstream promises at most ten updates a second.

A page paints when its screen refreshes, usually 60 times a second. A tenth of a second would be exactly six
refreshes, without a margin: when one update came a refresh late and the next ones in time, eleven updates would
fall within one second. A page that kept to ten would fall behind.
"""

TEXT_INTERVAL_SECONDS = 3 * FRAME_INTERVAL_SECONDS
"""Time between two frames of nothing but text. The first text after a pause is sent at once.

Jupyter adds 420 bytes or more to each frame, many times its text at 50 tokens a second. The reader sees as many
updates as there would be frames, because the page shows a frame piece by piece (`js/src/core/text-spread.ts`).
"""

FULL_FRAME_CHARS = 480
"""A frame with this much text does not wait for more: 400 tokens a second are sent in about four frames."""

HIDDEN_INTERVAL_SECONDS = 5.0
"""Time between two frames of text while all pages are in hidden tabs. The end of a reply is sent at once."""

MAX_PROBES = 5
"""Number of probes without an answer before a page is forgotten. The last probe is sent after three quarters of a
minute.

Any later frame from the page makes the kernel send to the page again.
"""


class Outbox:
    """Source of the frames for the pages of one chat. Time is an argument, in seconds of any one clock."""

    def __init__(self, log: Log) -> None:
        self.interval_seconds = FRAME_INTERVAL_SECONDS
        self.pages: dict[str, PageState] = {}
        self._log = log
        self._sent = 0
        self._next_at = 0.0
        self._broadcast_at = float("-inf")
        self._is_hidden = False
        # This state stands for all pages until a page has sent its id. With it the first frames are sent at
        # once. They must not wait for a resync, which a busy kernel may receive late.
        self._unnamed_page = PageState()

    def ack(self, page: str, seq: int, received: int, now: float, via: Via | None = None) -> None:
        """Record that a page has painted up to `seq` and received everything up to `received`."""
        state = self._record_activity(page, now, via)
        state.acked = max(state.acked, min(seq, self._log.seq))
        state.received = max(state.received, state.acked, min(received, self._log.seq))
        state.sent = max(state.sent, state.received)
        state.update_flow()

    def resync(self, page: str, seq: int, now: float, via: Via | None = None) -> None:
        """Record that a page is at `seq` and needs everything after it. A new page is at 0."""
        state = self._record_activity(page, now, via)
        state.heard_via = state.heard_via or via
        state.sent = state.received = min(seq, self._log.seq)
        state.acked = min(state.acked, state.sent)
        state.resync_requested = True
        state.update_flow()

    def set_hidden(self, page: str, is_hidden: bool) -> None:
        """Record whether a page is in a hidden tab."""
        self.pages[page].is_hidden = is_hidden
        self._update_hidden()

    def ping(self, now: float) -> list[Update]:
        """Return a probe for all pages; a page that is still there answers it."""
        for state in self.pages.values():
            state.last_sent_at = now
        return [Update(self._sent, self._sent, now)]

    def forget(self, page: str) -> None:
        """Forget a page that is gone."""
        self.pages.pop(page, None)
        self._update_hidden()

    def sooner_from(self) -> float:
        """Return the position in the log from which further text brings the next frame forward; perhaps infinity.

        Up to there, `due_at` need not be asked again for text.
        """
        if self._log.seq == self._sent:
            return self._sent + 1
        if self._text_due_at() <= self._next_at or not self._broadcast_chars():
            return float("inf")
        return self._sent + self._full_chars

    def no_text_before(self, now: float) -> float:
        """Return the time before which no frame has text that comes from now on; perhaps infinity."""
        if now < self._next_at:
            return self._next_at
        is_blocked = self._log.seq > self._sent and not self._broadcast_chars()
        return float("inf") if is_blocked else self._text_due_at()

    @property
    def _full_chars(self) -> int:
        return LOW_MARK_CHARS if self._is_hidden else FULL_FRAME_CHARS

    def _text_due_at(self) -> float:
        """Return the time at which the ops that are not sent yet are due, if the pages can take them."""
        if self._log.op_end > self._sent or self._log.seq - self._sent >= self._full_chars:
            return self._next_at
        interval = HIDDEN_INTERVAL_SECONDS if self._is_hidden else TEXT_INTERVAL_SECONDS
        return max(self._next_at, self._broadcast_at + interval)

    def due_at(self, now: float) -> float | None:
        """Return the time at which `due_frames` has the next frame; `None` while nothing is pending."""
        if self._pages_behind():
            return max(now, self._next_at)
        if self._broadcast_chars():
            return max(now, self._text_due_at())
        probes = [at for state in self.pages.values() if (at := state.probe_at()) is not None]
        return max(now, self._next_at, min(probes)) if probes else None

    def due_frames(self, now: float) -> list[Update]:
        """Return the frames to send now, and count them as sent.

        There is one frame for the pages in sync, and one for each page that is behind or silent.
        """
        if now < self._next_at:
            return []
        frames = [self._catch_up(page, now) for page in self._pages_behind()]
        if now >= self._text_due_at() and (max_chars := self._broadcast_chars()):
            frames.append(self._broadcast(max_chars, now))
        frames += self._probes(now)
        if frames:
            self._next_at = now + self.interval_seconds
        return frames

    def _record_activity(self, page: str, now: float, via: Via | None) -> PageState:
        state = self.pages.setdefault(page, PageState())
        state.last_heard_at = now
        state.probes = 0
        if state.resync_requested and state.heard_via != "control":
            state.heard_via = via
        return state

    def _update_hidden(self) -> None:
        self._is_hidden = bool(self.pages) and all(state.is_hidden for state in self.pages.values())

    def _in_sync(self) -> list[PageState]:
        states = self.pages.values() if self.pages else [self._unnamed_page]
        return [state for state in states if state.sent == self._sent and not state.resync_requested]

    def _broadcast_chars(self) -> int:
        """Return the size limit of a broadcast: the characters that may be sent to the fastest page in sync."""
        if self._log.seq == self._sent:
            return 0
        return max((state.available_chars() for state in self._in_sync()), default=0)

    def _broadcast(self, max_chars: int, now: float) -> Update:
        # A paused page gets the broadcast too. It drops the frame or paints it late, and the page's next frame
        # tells the kernel the page's position.
        receivers = [state for state in self._in_sync() if state.available_chars()]
        base = self._sent
        is_text = self._log.op_end <= base
        ops, self._sent = self._log.read_from(base, max_chars)
        self._broadcast_at = now
        for state in receivers:
            state.sent = self._sent
            state.last_sent_at = now
            state.update_flow()
        return Update(base, self._sent, 0.0 if is_text else now, ops)

    def _pages_behind(self) -> list[str]:
        return [
            page
            for page, state in self.pages.items()
            if state.resync_requested or (state.sent < self._sent and state.available_chars())
        ]

    def _catch_up(self, page: str, now: float) -> Update:
        state = self.pages[page]
        base = state.sent
        ops, state.sent = self._log.read_from(base, min(state.available_chars(), self._sent - base))
        via, state.heard_via = state.heard_via, None
        state.resync_requested = False
        state.last_sent_at = now
        state.update_flow()
        return Update(base, state.sent, now, ops, page, via)

    def _probes(self, now: float) -> list[Update]:
        silent = {
            page: state for page, state in self.pages.items() if (at := state.probe_at()) is not None and at <= now
        }
        for page, state in list(silent.items()):
            state.probes += 1
            if state.probes > MAX_PROBES:
                self.forget(page)
                del silent[page]
        return [Update(state.sent, state.sent, now, (), page) for page, state in silent.items()]
