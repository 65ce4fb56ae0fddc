"""Handler of the commands that users give on pages, with a queue of messages that wait for the end of a reply.

The page's side is `js/src/chat/commands.ts`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import assert_never

from ..content.message import UserMessage
from ..core.command_frames import (
    Approve,
    Command,
    Continue,
    Prompt,
    Regenerate,
    Retry,
    SelectModel,
    SelectVersion,
    SendNow,
    Stop,
    Summarize,
    Withdraw,
)
from ..core.ops import Status
from ..core.turn import find_question
from .conversation import Conversation
from .page_message import InvalidMessage, MessageOf, PageMessageReader, ReadVariables, message_of, no_variables
from .reply.run import ReplyRun, RunInThread
from .turn_checks import require_reply

REMEMBERED_KEYS = 1_000
"""The number of handled commands whose keys are kept, so that a repeated command is recognized. A page repeats a
command for a short time only, in which it never sends a thousand others."""

IDEMPOTENT = (Prompt, Retry, Continue, Regenerate, SelectVersion, SelectModel, Summarize)
"""Commands that a page sends repeatedly until it sees that they were handled. Each must take effect only once."""


class CommandHandler:
    """Carries out the commands of pages. Use it on the conversation's event loop only.

    Args:
        conversation: The conversation that the commands are for.
        run_in_thread: As for `PageMessageReader`.
        message_of: As for `PageMessageReader`.
        read_variables: As for `PageMessageReader`.
    """

    def __init__(
        self,
        conversation: Conversation,
        run_in_thread: RunInThread = asyncio.to_thread,
        message_of: MessageOf = message_of,
        read_variables: ReadVariables = no_variables,
    ) -> None:
        self._conversation = conversation
        self._messages = PageMessageReader(run_in_thread, message_of, read_variables)
        # Waiting messages by their keys. After a stop or a failure the user decides what happens to them.
        self._queue: dict[str, Prompt] = {}
        self._handled_keys: OrderedDict[str, None] = OrderedDict()
        # The task that reads the files of the message which is sent next.
        self._reading: asyncio.Task[None] | None = None

    @property
    def waiting_count(self) -> int:
        """The number of messages that wait for the end of a reply."""
        return len(self._queue)

    def is_duplicate(self, key: str) -> bool:
        """Whether a command with this key was handled before."""
        return key in self._handled_keys

    def handle(self, command: Command) -> bool:
        """Carry out a command, unless it was carried out before.

        A command that is no longer possible is ignored, because its page receives the present state anyway.

        Returns:
            Whether the command began a reply, or began to read the files of a message that will begin one.
        """
        if isinstance(command, IDEMPOTENT):
            if self.is_duplicate(command.key):
                return False
            self._handled_keys[command.key] = None
            if len(self._handled_keys) > REMEMBERED_KEYS:
                self._handled_keys.popitem(last=False)
        conversation = self._conversation
        before = (conversation.run, self._reading)
        with suppress(RuntimeError, ValueError):
            self._execute(command)
        conversation.observer.changed()
        after = (conversation.run, self._reading)
        return any(new not in (None, old) for new, old in zip(after, before, strict=True))

    def stop(self, reason: str, turn: str | None = None) -> None:
        """Stop the running reply. If a message's files are still being read, the message goes back to waiting.

        Args:
            reason: The stop reason that the reply ends with.
            turn: The id of the turn whose reply is to be stopped; `None` for whichever reply is running.
        """
        if turn is None:
            self._cancel_reading()
        self._conversation.stop(reason, turn)

    def close(self) -> None:
        """Stop the running reply and drop all waiting messages."""
        self.stop("closed")
        self._queue.clear()

    def send_next(self) -> None:
        """Send the first of the waiting messages. Called when the previous reply has finished."""
        if self._queue:
            self._send(next(iter(self._queue.values())))

    def _execute(self, command: Command) -> None:
        match command:
            case Stop():
                self.stop("user", command.turn)
            case Approve():
                if self._conversation.run is not None:
                    self._conversation.run.approve(command.call, command.run, always=command.always)
            case Prompt():
                self._enqueue(command)
            case Withdraw():
                if command.key in self._queue:
                    self._unqueue(command.key)
            case SendNow():
                if command.key in self._queue:
                    self._send(self._queue[command.key])
            case SelectVersion():
                self._conversation.select_version(command.turn)
            case SelectModel():
                self._conversation.choose_model(command.model)
            case Retry() | Continue() | Regenerate() | Summarize():
                self._ask_again(command)
            case _:
                assert_never(command)

    def _ask_again(self, command: Retry | Continue | Regenerate | Summarize) -> None:
        conversation = self._conversation
        if require_reply(conversation.transcript).id != command.turn:
            return
        match command:
            case Retry():
                conversation.retry()
            case Continue():
                conversation.continue_reply()
            case Regenerate():
                conversation.regenerate()
            case Summarize():
                conversation.summarize()
            case _:
                assert_never(command)

    def _cancel_reading(self) -> None:
        if self._reading is not None:
            # The attribute is cleared here and not by the task itself, because a task that is cancelled before its
            # first step never runs.
            self._reading.cancel()
            self._reading = None

    def _enqueue(self, prompt: Prompt) -> None:
        """Queue a message from a page, and send it if nothing is ahead of it.

        Every message goes through the queue, even if it is sent at once: the queue entry in the log tells the page
        that its message has arrived.
        """
        if not prompt.text.strip() and not prompt.files and not prompt.variables:
            return
        if prompt.model is not None:
            # A page that offers a model which this chat does not have is told so by the menu that it gets again.
            with suppress(ValueError):
                self._conversation.choose_model(prompt.model)
        self._queue[prompt.key] = prompt
        names = [*(file.name for file in prompt.files), *prompt.variables]
        self._conversation.transcript.queue(prompt.key, prompt.text, names)
        if prompt.edits is not None:
            self._send(prompt)
        else:
            self.send_next()

    def _send(self, prompt: Prompt) -> None:
        """Send a waiting message as soon as its files have been read.

        Do nothing while a reply is running or the files of another message are being read.
        """
        if self._conversation.running or self._reading is not None:
            return
        if prompt.files or prompt.variables:
            self._reading = asyncio.get_running_loop().create_task(self._read(prompt, self._conversation.run))
        else:
            self._ask(prompt, self._messages.make(prompt))

    async def _read(self, prompt: Prompt, run: ReplyRun | None) -> None:
        """Read a message's files and send the message.

        Args:
            prompt: The message.
            run: The conversation's latest reply at the time when reading began.
        """
        conversation = self._conversation
        try:
            message = await self._messages.read(prompt)
        finally:
            if self._reading is asyncio.current_task():
                self._reading = None
        if prompt.key not in self._queue:
            # The message was withdrawn while its files were read, so the next one is sent. After a stop or a
            # failure the other messages keep waiting for the user's decision.
            if conversation.status in (Status.IDLE, Status.DONE):
                self.send_next()
        elif conversation.run is run or conversation.status is Status.DONE:
            # No reply has begun while the files were read, or the one that began has finished.
            self._ask(prompt, message)
        conversation.observer.changed()

    def _ask(self, prompt: Prompt, message: UserMessage | InvalidMessage) -> None:
        self._unqueue(prompt.key)
        if isinstance(message, InvalidMessage):
            # The user wrote the message on a page, so the page shows the reason and nothing is raised here.
            self._conversation.reject(prompt.text or "…", message.reason, prompt.edits)
        else:
            edited = find_question(self._conversation.transcript.turns, prompt.edits)
            if edited is not None:
                message = message.replacing_text_of(edited.blocks, prompt.text, prompt.drops)
            self._conversation.ask(message, {}, prompt.edits)

    def _unqueue(self, key: str) -> None:
        self._conversation.transcript.unqueue(key)
        del self._queue[key]
