"""What the readers of pages want of a conversation, and their messages that wait for the end of a reply.

The page's side is `js/src/wishes.ts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..content.attachments import of_message
from ..content.blocks import Content
from ..content.previews import prepare
from ..core.ops import Status
from ..core.protocol import (
    Approve,
    Command,
    Continue,
    Prompt,
    Regenerate,
    Retry,
    SelectVersion,
    SendNow,
    Stop,
    Withdraw,
)
from .conversation import Conversation
from .reply import ReplyRun, RunInThread

log = logging.getLogger("nbstream")

HEARD = 1_000
"""Keys of wishes that are remembered. A page repeats one for a while, and none of a thousand wishes ago."""

ONCE = (Prompt, Retry, Continue, Regenerate, SelectVersion)
"""Wishes that would do something else the second time; a page repeats them until it sees that they were heard."""


def content_of(prompt: Prompt) -> Content:
    """The content of a message that was written on the page; see `of_message`."""
    return prepare(of_message(prompt.text, [(file.name, file.data) for file in prompt.files]))


@dataclass(frozen=True)
class InvalidMessage:
    """A message that cannot be asked; `why` is for its reader."""

    why: str


class CommandHandler:
    """Does what pages ask for. Lives on the conversation's loop, and only there.

    Args:
        conversation: What it is done to.
        aside: Runs what takes long without holding up the loop: to scale down a picture takes seconds.
        content_of: Makes content for the API of a message that was sent from a page; `ValueError` says why not.
    """

    def __init__(
        self,
        conversation: Conversation,
        aside: RunInThread = asyncio.to_thread,
        content_of: Callable[[Prompt], Content] = content_of,
    ) -> None:
        self._conversation = conversation
        self._aside = aside
        self._content_of = content_of
        # Messages that wait, by their keys. After a stop or a failure the reader decides what becomes of them.
        self._queue: dict[str, Prompt] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()
        # Reads the files of the message that is sent next, which waits for that.
        self._reader: asyncio.Task[None] | None = None
        conversation.on_done = self._send_next

    @property
    def waiting(self) -> int:
        """How many messages wait for the end of a reply."""
        return len(self._queue)

    def has_heard(self, key: str) -> bool:
        """Whether a wish of this key came before: its page repeats it until it sees what came of it."""
        return key in self._heard

    def obey(self, wish: Command) -> bool:
        """Do what the reader of a page wants, once. What is no longer possible is let be: its page sees why.

        Returns:
            Whether a reply was begun, or will be when the message's files are read.
        """
        if isinstance(wish, ONCE):
            if self.has_heard(wish.key):
                return False
            self._heard[wish.key] = None
            if len(self._heard) > HEARD:
                self._heard.popitem(last=False)
        talk = self._conversation
        before = (talk.run, self._reader)
        with suppress(RuntimeError, ValueError):
            match wish:
                case Stop():
                    talk.stop("user", wish.turn)
                case Approve() if talk.run is not None:
                    talk.run.approve(wish.call, wish.run)
                case Prompt():
                    self._hear(wish)
                case Withdraw() if wish.key in self._queue:
                    self._unqueue(wish.key)
                case SendNow() if wish.key in self._queue:
                    self._send(self._queue[wish.key])
                case SelectVersion():
                    talk.choose(wish.turn)
                case Retry() | Continue() | Regenerate() if talk.check_asked().id == wish.turn:
                    {"retry": talk.retry, "continue": talk.go_on, "regenerate": talk.regenerate}[wish.tag]()
        talk.on_change()
        return any(now not in (None, then) for now, then in zip((talk.run, self._reader), before, strict=True))

    def stop(self) -> None:
        """A message whose files are still being read is not asked: it waits, as others do after a stop."""
        if self._reader is not None:
            # Forgotten here, as a task that has not begun yet never hears of its end.
            self._reader.cancel()
            self._reader = None

    def close(self) -> None:
        """Nothing that waits is asked any more, also where a reply has ended and its request has not."""
        self.stop()
        self._queue.clear()

    def _hear(self, prompt: Prompt) -> None:
        """A message was sent from a page: it is asked, or waits for its turn.

        Each goes through the queue, if only for a moment: that is how its page knows that it was heard.
        """
        if not prompt.text.strip() and not prompt.files:
            return
        self._queue[prompt.key] = prompt
        self._conversation.transcript.queue(prompt.key, prompt.text, [file.name for file in prompt.files])
        if prompt.edits is not None:
            self._send(prompt)
        else:
            self._send_next()

    def _send_next(self) -> None:
        if self._queue:
            self._send(next(iter(self._queue.values())))

    def _send(self, prompt: Prompt) -> None:
        """Ask what waits, at once or when its files are read; it stays where it is while another is before it."""
        if self._conversation.running or self._reader is not None:
            return
        if prompt.files:
            self._reader = asyncio.get_running_loop().create_task(self._read(prompt, self._conversation.run))
        else:
            self._ask(prompt, self._content(prompt))

    async def _read(self, prompt: Prompt, run: ReplyRun | None) -> None:
        talk = self._conversation
        try:
            content = await self._aside(self._content, prompt)
        finally:
            if self._reader is asyncio.current_task():
                self._reader = None
        if prompt.key not in self._queue:
            # Taken back meanwhile. What a stop or a failure has left there waits on.
            if talk.status in (Status.IDLE, Status.DONE):
                self._send_next()
        elif talk.run is run or talk.status is Status.DONE:
            # No reply has begun since that of `run`, or it has ended as it should.
            self._ask(prompt, content)
        talk.on_change()

    def _content(self, prompt: Prompt) -> Content | InvalidMessage:
        try:
            return self._content_of(prompt)
        except ValueError as error:
            return InvalidMessage(str(error))
        except Exception:
            log.exception("a message cannot be read")
            return InvalidMessage("This message cannot be read; send it without what is special in it.")

    def _ask(self, prompt: Prompt, content: Content | InvalidMessage) -> None:
        self._unqueue(prompt.key)
        if isinstance(content, InvalidMessage):
            # Its reader is on the page, and is told there.
            self._conversation.refuse(prompt.text or "…", content.why, prompt.edits)
        else:
            self._conversation.ask(content, {}, prompt.edits)

    def _unqueue(self, key: str) -> None:
        self._conversation.transcript.unqueue(key)
        del self._queue[key]
