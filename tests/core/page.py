"""A page as the kernel sees it: the twin of `js/src/core/inbox.ts`, for joining both ends in one process."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbstream.core.ops import Op, TextAdded
from nbstream.core.outbox import HIGH_MARK_CHARS, LOW_MARK_CHARS
from nbstream.core.protocol import Ack, Frame, Resync, Update

ASK_AGAIN = 1.0
ACK_CHARACTERS = LOW_MARK_CHARS
ACK_WITHIN = 5.0
ACK_IN_PAUSE = 1.5


@dataclass
class Page:
    """Applies frames in order, says when it missed one, and acknowledges what it painted."""

    name: str
    at: int = 0
    painted: int = 0
    acked: int = 0
    acked_at: float = 0.0
    painted_at: float = 0.0
    asked_at: float = float("-inf")
    known: bool = False
    behind: bool = False
    full: bool = False
    answer: bool = False
    ops: list[Op] = field(default_factory=list)

    def receive(self, frame: Update) -> None:
        if frame.to not in (None, self.name):
            return
        if frame.base > self.at:
            self.behind = True
            return
        if frame.to == self.name:
            self.known = True
        if frame.base < self.at:
            self.behind |= frame.seq > self.at
            self.answer |= frame.seq <= self.at and frame.to == self.name
            return
        if frame.seq - self.painted > HIGH_MARK_CHARS:
            self.full = self.behind = True
            return
        self.behind = False
        self.answer = frame.seq == frame.base
        self.ops += frame.ops
        self.at = frame.seq

    def paint(self, now: float) -> None:
        if self.painted < self.at:
            self.painted_at = now
        self.painted = self.at

    def tick(self, now: float) -> list[Frame]:
        frames: list[Frame] = []
        if self.full and self.at - self.painted <= LOW_MARK_CHARS:
            self.full = False
        if (self.behind or not self.known) and not self.full and now >= self.asked_at + ASK_AGAIN:
            self.asked_at = now
            self.answer = False
            frames.append(Resync(self.name, self.at))
        unacked = self.painted - self.acked
        due = min(self.acked_at + ACK_WITHIN, self.painted_at + ACK_IN_PAUSE)
        if self.answer or unacked >= ACK_CHARACTERS or (unacked and now >= due):
            self.acked, self.acked_at, self.answer = self.painted, now, False
            frames.append(Ack(self.name, self.painted, self.at))
        return frames

    def text(self) -> str:
        return "".join(op.text for op in self.ops if isinstance(op, TextAdded))
