"""One conversation that is served: who reads it, what its readers want, and how long it waits for somebody."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, Protocol

from ...content.blocks import Content
from ...conversation.commands import ONCE, CommandHandler
from ...conversation.conversation import Conversation
from ...conversation.reply import RunInThread
from ...core.ops import TurnOpened
from ...core.protocol import Command, ProtocolError
from ...kernel.event_loop import clock
from .command_checks import check_size, check_wish, wish_of
from .log_feed import LogFeed

WISHES = 1_000
"""What the pages of a conversation may want of it that leaves a trace, be it only a refusal: each keeps some
kilobytes, and costs nothing."""

ASKED = 2.0
"""Seconds in which a page reads what it has asked for. A browser with no connection left asks on the one that it
read by, and then needs a moment for another."""

CHAT_KEPT = 3600.0
"""Seconds that a page's conversation is kept with no page there: an hour's meeting."""


class StreamSource(Protocol):
    """What a request reads: a conversation of this worker, or one of another worker's seen from here.

    Attributes:
        id: Its name.
        stem: What its events are called, before their places. It is this stream's alone: another may get the id.
        caller: Whose it is.
        start: The place where a reader begins that was not here before.
        resume_for: Seconds for which it waits for a reader whose connection was lost.
        growing: What is read.
        readers: How many read it here.
    """

    id: str
    stem: str
    caller: str
    start: int
    resume_for: float
    growing: LogFeed
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


class ServedStream:
    """A conversation that runs on this worker. Lives on its loop.

    Args:
        id: Its name, which nobody can guess.
        caller: Whose it is.
        conversation: What is served.
        resume_for: Seconds for which a reply goes on when nobody reads it, and is kept when it has ended.
        goes_on: Its readers ask further: it does not end with its first reply.
        longest: The characters that one message of a page may have.
        forget: Called when nobody will come back for it.
        aside: Reads the files of its messages; see `Wishes`.
    """

    def __init__(
        self,
        id: str,  # noqa: A002  HTTP's word
        caller: str,
        conversation: Conversation,
        *,
        resume_for: float,
        goes_on: bool,
        longest: int,
        forget: Callable[[ServedStream], None],
        aside: RunInThread = asyncio.to_thread,
    ) -> None:
        self.id = id
        self.stem = f"{id}-{secrets.token_hex(3)}"
        self.caller = caller
        self.start = 0
        self.resume_for = resume_for
        self.goes_on = goes_on
        self.longest = longest
        self.conversation = conversation
        self.growing = LogFeed(conversation.transcript.log)
        # Somebody reads it by another worker.
        self.elsewhere = False
        self.readers = 0
        self.left_at = clock()
        # Until when a page that has asked may come to read.
        self._read_by = 0.0
        self._wishes = CommandHandler(conversation, aside)
        # What has been wished here, and said, in characters of text and of files.
        self._wished = 0
        self._said = 0
        self._forget = forget
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None
        conversation.on_change = self.growing.grown
        conversation.on_start = self._begun

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
        self.start = self.growing.log.last(TurnOpened)

    def attach(self) -> None:
        """Somebody reads."""
        self.readers += 1
        self._read_by = 0.0
        self.look()

    def detach(self) -> None:
        """That reader is gone."""
        self.readers -= 1
        self.left_at = clock()
        self.look()

    def stop(self, reason: str = "user") -> None:
        """Stop the reply that runs, or would when its message is read, for everyone who reads it."""
        self._wishes.stop()
        self.conversation.stop(reason)

    def hear(self, wire: object) -> None:
        """A page sent a frame.

        Raises:
            ProtocolError: It is none, not what a reader can want of this stream, or more than it may hold.
        """
        wish = wish_of(wire)
        if self._is_closed:
            raise ProtocolError("this conversation is closed; begin another")
        if isinstance(wish, ONCE) and self._wishes.has_heard(wish.key):
            return
        check_wish(wish, self.goes_on, self.longest, self._wishes.waiting)
        if isinstance(wish, ONCE):
            self._weigh(wish)
        self._wishes.obey(wish)

    def _begun(self) -> None:
        """A reply begins, perhaps with nobody there. Whoever asked may be about to read, so not at once."""
        if self.goes_on and not self.is_read:
            self._read_by = clock() + ASKED
        asyncio.get_running_loop().call_soon(self.look)

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
        if self.is_read or self._is_closed:
            return
        if self.conversation.running:
            self._after(max(self.resume_for, self._read_by - clock()), lambda: self.stop("abandoned"))
        else:
            self._after(CHAT_KEPT if self.goes_on else self.resume_for, lambda: self._forget(self))

    def close(self) -> None:
        """End it: nobody will read it any more."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._wishes.close()
        self.stop("closed")
        self.growing.end()

    def _weigh(self, wish: Command) -> None:
        """Refuse what is too much for one conversation, before anything of it is kept."""
        said = check_size(wish, self._said)
        if self._wished == WISHES:
            raise ProtocolError(f"{WISHES:,} things were wanted of this conversation; begin another")
        self._said = said
        self._wished += 1

    def _after(self, seconds: float, act: Callable[[], Any]) -> None:
        if seconds > 0:
            self._timer = asyncio.get_running_loop().call_later(seconds, act)
        else:
            act()
