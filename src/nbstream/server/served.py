"""One conversation that is served: who reads it, what its readers want, and how long it waits for somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, get_args

from ..conversation import Conversation
from ..core.content import Content
from ..core.ops import TextAdded, TurnOpened
from ..core.protocol import Prompt, ProtocolError, Wish
from ..core.wire import from_wire
from ..runner import clock
from ..wishes import Wishes
from .growing import Growing

CHAT_KEPT = 3600.0
"""Seconds that a page's conversation is kept with no page there: an hour's meeting."""


class Readable(Protocol):
    """What a request reads: a conversation of this worker, or one of another worker's seen from here.

    Attributes:
        id: Its name.
        caller: Whose it is.
        start: The place where a reader begins that was not here before.
        resume_for: Seconds for which it waits for a reader whose connection was lost.
        growing: What is read.
        readers: How many read it here.
    """

    id: str
    caller: str
    start: int
    resume_for: float
    growing: Growing
    readers: int

    def now(self) -> float:
        """The clock by which its ops are dated, in seconds."""

    def attach(self) -> None:
        """Somebody reads."""

    def detach(self) -> None:
        """That reader is gone."""

    def stop(self) -> None:
        """Stop what runs, for everyone."""

    def hear(self, wire: object) -> None:
        """A page sent a frame; `ProtocolError` if it is no wish."""


class Served:
    """A conversation that runs on this worker. Lives on its loop.

    Args:
        id: Its name, which nobody can guess.
        caller: Whose it is.
        conversation: What is served.
        resume_for: Seconds for which a reply goes on when nobody reads it, and is kept when it has ended.
        goes_on: Its readers ask further: it does not end with its first reply.
        content_of: What a page's message is for the API; see `Wishes`.
        forget: Called when nobody will come back for it.
    """

    def __init__(
        self,
        id: str,  # noqa: A002  HTTP's word
        caller: str,
        conversation: Conversation,
        *,
        resume_for: float,
        goes_on: bool,
        content_of: Callable[[Prompt], Content],
        forget: Callable[[Served], None],
    ) -> None:
        self.id = id
        self.caller = caller
        self.start = 0
        self.resume_for = resume_for
        self.goes_on = goes_on
        self.conversation = conversation
        self.growing = Growing(conversation.transcript.log)
        # Somebody reads it by another worker.
        self.elsewhere = False
        self._wishes = Wishes(conversation, content_of)
        self._forget = forget
        self.readers = 0
        self._timer: asyncio.TimerHandle | None = None
        conversation.on_change = self.growing.grown

    @property
    def is_read(self) -> bool:
        """Somebody reads it, on this worker or another."""
        return self.readers > 0 or self.elsewhere

    def now(self) -> float:
        """The clock by which its ops are dated, in seconds."""
        return clock()

    def ask(self, content: Content) -> None:
        """Ask the one question of a conversation that ends with its answer."""
        self.conversation.ask(content, {})
        self.start = _last_turn(self.growing)

    def attach(self) -> None:
        """Somebody reads."""
        self.readers += 1
        self.look()

    def detach(self) -> None:
        """That reader is gone."""
        self.readers -= 1
        self.look()

    def stop(self, reason: str = "user") -> None:
        """Stop the reply that runs, for everyone who reads it."""
        self.conversation.stop(reason)

    def hear(self, wire: object) -> None:
        """A page sent a frame.

        Raises:
            ProtocolError: It is none, or not what a reader can want of a conversation.
        """
        self._wishes.obey(wish_of(wire))

    def ended(self) -> None:
        """The reply has ended, and its request is closed."""
        if not self.goes_on:
            self.growing.end()
        self.look()

    def look(self) -> None:
        """Decide how long to wait for somebody; after every change of who reads and whether a reply runs."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.is_read:
            return
        if self.conversation.running:
            self._after(self.resume_for, lambda: self.stop("abandoned"))
        else:
            self._after(CHAT_KEPT if self.goes_on else self.resume_for, lambda: self._forget(self))

    def close(self) -> None:
        """End it: nobody will read it any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.stop("closed")
        self.growing.end()

    def _after(self, seconds: float, act: Callable[[], Any]) -> None:
        if seconds > 0:
            self._timer = asyncio.get_running_loop().call_later(seconds, act)
        else:
            act()


def wish_of(wire: object) -> Wish:
    """What a page's frame wants.

    Raises:
        ProtocolError: It is none, or not what a reader can want of a conversation.
    """
    frame = from_wire(wire)
    if not isinstance(frame, get_args(Wish)):
        raise ProtocolError(f"a page sends wishes here, and this is {frame.tag!r}")
    wish: Wish = frame
    return wish


def _last_turn(growing: Growing) -> int:
    """The place where the latest turn begins."""
    place = latest = 0
    for op in growing.log.since(0, growing.log.seq)[0]:
        if isinstance(op, TurnOpened):
            latest = place
        place += len(op.text) if isinstance(op, TextAdded) else 1
    return latest
