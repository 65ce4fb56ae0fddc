"""A stream of another worker, seen from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ...core.codec import op_from_wire, to_wire
from ...core.log import Log
from ...core.ops import BlockClosed, BlockOpened, Op, Queued, ReplyStatusChanged, Status, TextAdded, Unqueued
from ...core.protocol import Prompt
from ...core.turn import RUNNING
from ...kernel.event_loop import clock
from ..streams.command_checks import check_size, check_wish, wish_of
from ..streams.log_feed import LogFeed

LATE = 10.0
"""Seconds in which what a reader has seen at another worker is here too, or that worker is known to have gone."""

LOST = "The server that was answering has gone. What came until then is kept; ask again."


class ClusterClient(Protocol):
    """What brings a stream here, and takes what its readers want there."""

    @property
    def ahead(self) -> float:
        """Seconds by which the clock that all workers share is ahead of this one's."""

    def follow(self, mirror: ReplicaStream, /) -> None:
        """Keep it up to date from now on."""

    def leave(self, mirror: ReplicaStream, /) -> None:
        """Nobody reads it here any more."""

    def tell(self, worker: str, /, **command: Any) -> None:
        """Have a worker do something."""


class ReplicaStream:
    """A log that follows another worker's; a `Readable`. Shared by its readers.

    Args:
        name: The stream's name.
        about: What its worker says that it is.
        post: What brings it here.
    """

    def __init__(self, name: str, about: Mapping[str, Any], post: ClusterClient) -> None:
        self.id = name
        self.stem: str = about["stem"]
        self.caller: str = about["caller"]
        self.start: int = about["start"]
        self.resume_for: float = about["resume_for"]
        self.worker: str = about["worker"]
        self.goes_on: bool = about["goes_on"]
        self.longest: int = about["longest"]
        self.growing = LogFeed(Log(), LATE)
        self.readers = 0
        self._ahead: float = about["ahead"]
        self._post = post
        self._status = Status.IDLE
        self._in_block = False
        # Messages of pages that its worker has heard, and those of them that wait.
        self._heard: set[str] = set()
        self._waiting: set[str] = set()
        # What of them was passed on, in characters of text and of files.
        self._said: dict[str, int] = {}

    @property
    def entry(self) -> str:
        """The last entry of its log that is here; those are named by the place after them."""
        return f"{self.growing.log.seq}-0"

    def now(self) -> float:
        """The clock by which its ops are dated: that of its worker."""
        return clock() + self._post.ahead - self._ahead

    def attach(self) -> None:
        """Somebody reads."""
        self.readers += 1
        if self.readers == 1:
            self._post.follow(self)

    def detach(self) -> None:
        """That reader is gone."""
        self.readers -= 1
        if self.readers == 0:
            self._post.leave(self)

    def stop(self) -> None:
        """Stop what runs, for everyone."""
        self._post.tell(self.worker, do="stop", id=self.id, caller=self.caller)

    def hear(self, wire: object) -> None:
        """A page sent a frame; `ProtocolError` if it is no wish, or not to be had of this stream.

        Refused here, as far as that is known here: of its worker no answer comes back.
        """
        wish = wish_of(wire)
        if isinstance(wish, Prompt) and wish.key in self._heard:
            return
        check_wish(wish, self.goes_on, self.longest, len(self._waiting))
        if isinstance(wish, Prompt):
            before = sum(self._said.values()) - self._said.get(wish.key, 0)
            self._said[wish.key] = check_size(wish, before) - before
        # Made anew: what else came with it could be too deep to be sent on.
        self._post.tell(self.worker, do="hear", id=self.id, caller=self.caller, frame=to_wire(wish))

    def take(self, data: Mapping[str, Any]) -> None:
        """More of its log: what is here already is passed over, so it may come twice.

        Raises:
            ProtocolError: It is no op that is known here.
        """
        log, place = self.growing.log, data["from"]
        if self.growing.ended or place > log.seq:
            return
        for op in map(op_from_wire, data["ops"]):
            if isinstance(op, TextAdded):
                log.add_text(op.text[max(0, log.seq - place) :])
                place += len(op.text)
            else:
                if place == log.seq:
                    self._add(op)
                place += 1
        if data.get("ended"):
            self.growing.end()
        self.growing.grown()

    def lose(self) -> None:
        """Its worker has gone: what ran there has failed, and nothing will follow."""
        if self.growing.ended:
            return
        if self._status in RUNNING:
            if self._in_block:
                self._add(BlockClosed(self.now()))
            self._add(ReplyStatusChanged(Status.FAILED, self.now(), error=LOST))
        self.growing.end()

    def _add(self, op: Op) -> None:
        if isinstance(op, ReplyStatusChanged):
            self._status = op.status
        elif isinstance(op, BlockOpened | BlockClosed):
            self._in_block = isinstance(op, BlockOpened)
        elif isinstance(op, Queued):
            self._heard.add(op.key)
            self._waiting.add(op.key)
        elif isinstance(op, Unqueued):
            self._waiting.discard(op.key)
        self.growing.log.add(op)
