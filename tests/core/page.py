"""A page as the kernel sees it, in the same process as the kernel. A simple twin of `js/src/core/inbox.ts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbstream.core.ops import Op, TextAdded
from nbstream.core.page_state import HIGH_MARK_CHARS, LOW_MARK_CHARS
from nbstream.core.protocol import Ack, Frame, Resync, Update

RESYNC_RETRY_SECONDS = 1.0
ACK_CHARS = LOW_MARK_CHARS
MAX_ACK_DELAY_SECONDS = 5.0
ACK_PAUSE_SECONDS = 1.5


@dataclass
class Page:
    """Applies frames in order, asks for a resync when it missed one, and acknowledges painted text."""

    name: str
    position: int = 0
    painted: int = 0
    acked: int = 0
    acked_at: float = 0.0
    painted_at: float = 0.0
    resync_sent_at: float = float("-inf")
    is_known: bool = False
    is_behind: bool = False
    is_full: bool = False
    must_ack: bool = False
    has_acked: bool = False
    ops: list[Op] = field(default_factory=list)

    def receive(self, frame: Update) -> None:
        if frame.to not in (None, self.name):
            return
        if frame.base > self.position:
            self.is_behind = True
            return
        if frame.to == self.name:
            self.is_known = True
        if frame.base < self.position:
            self.is_behind |= frame.seq > self.position
            self.must_ack |= frame.seq <= self.position and frame.to == self.name
            return
        if frame.seq - self.painted > HIGH_MARK_CHARS:
            self.is_full = self.is_behind = True
            return
        self.is_behind = False
        self.must_ack = frame.seq == frame.base and (self.has_acked or frame.via is None)
        self.ops += frame.ops
        self.position = frame.seq

    def paint(self, now: float) -> None:
        if self.painted < self.position:
            self.painted_at = now
        self.painted = self.position

    def tick(self, now: float) -> list[Frame]:
        frames: list[Frame] = []
        if self.is_full and self.position - self.painted <= LOW_MARK_CHARS:
            self.is_full = False
        if (
            (self.is_behind or not self.is_known)
            and not self.is_full
            and now >= self.resync_sent_at + RESYNC_RETRY_SECONDS
        ):
            self.resync_sent_at = now
            self.must_ack = False
            if not self.has_acked:
                self.acked_at = now
            frames.append(Resync(self.name, self.position))
        unacked = self.painted - self.acked
        due = min(self.acked_at + MAX_ACK_DELAY_SECONDS, self.painted_at + ACK_PAUSE_SECONDS)
        if self.must_ack or unacked >= ACK_CHARS or (unacked and now >= due):
            self.acked, self.acked_at, self.must_ack = self.painted, now, False
            self.has_acked = True
            frames.append(Ack(self.name, self.painted, self.position))
        return frames

    def text(self) -> str:
        return "".join(op.text for op in self.ops if isinstance(op, TextAdded))
