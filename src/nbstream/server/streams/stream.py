"""Stream of one conversation over HTTP: its readers, their commands, and the time that it waits for a reader."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable
from typing import Any

from ...content.message import UserMessage
from ...conversation.commands import IDEMPOTENT, CommandHandler
from ...conversation.conversation import Conversation
from ...conversation.observer import ConversationObserver
from ...conversation.reply.run import RunInThread
from ...core.command_frames import Command
from ...core.ops import TurnOpened
from ...core.presence import GOODBYE_SECONDS
from ...core.protocol import Bye, ProtocolError
from ...kernel.event_loop import clock
from .command_checks import add_message_size, check_command, parse_command
from .log_feed import LogFeed

MAX_COMMANDS = 1_000
"""The most commands of one conversation that use memory. Each of them uses some kilobytes, even if its message is
refused. Commands cost their caller no money, so the caller's budget does not limit them."""

READ_GRACE_SECONDS = 2.0
"""Time that a page has to open a connection to read after it has sent a command. A browser limits its connections,
so the command may have taken the last one that was free."""

IDLE_TTL_SECONDS = 3600.0
"""Time for which a page's conversation is kept without readers. It is as long as a meeting of an hour."""


class ServedStream:
    """A conversation that runs on this worker, and the conversation's observer. Use it on the worker's loop only.

    Args:
        id: The stream's id. It cannot be guessed.
        caller: The caller who opened the stream.
        new_conversation: Creates the conversation. Its argument is the conversation's observer.
        resume_for_seconds: Time for which a running reply without readers goes on, and for which an ended reply is
            kept.
        is_chat: Whether readers can continue the conversation after its first reply by sending messages.
        max_message_chars: The longest text of one message from a page.
        on_expired: Called when the time for which the stream waits for readers is over.
        on_reply_ended: Called with the conversation when a reply has ended.
        make_room: Called with this stream and a message's bytes; raises `ProtocolError` if these have no room.
        question_bytes: Bytes of the question that opens the stream.
        run_in_thread: Reads the files of a message; see `CommandHandler`.
    """

    def __init__(
        self,
        id: str,  # noqa: A002  the word of the HTTP API
        caller: str,
        new_conversation: Callable[[ConversationObserver], Conversation],
        *,
        resume_for_seconds: float,
        is_chat: bool,
        max_message_chars: int,
        on_expired: Callable[[ServedStream], None],
        on_reply_ended: Callable[[Conversation], None] = lambda _: None,
        make_room: Callable[[ServedStream, int], None] = lambda *_: None,
        question_bytes: int = 0,
        run_in_thread: RunInThread = asyncio.to_thread,
    ) -> None:
        self.id = id
        self.event_prefix = f"{id}-{secrets.token_hex(3)}"
        self.caller = caller
        self.start_position = 0
        self.resume_for_seconds = resume_for_seconds
        self.is_chat = is_chat
        self.max_message_chars = max_message_chars
        self.conversation = new_conversation(self)
        self.feed = LogFeed(self.conversation.transcript.log)
        self.readers = 0
        self.unread_since = clock()
        self._has_remote_readers = False
        # The time until which the stream waits for the page that sent a command to open its connection to read.
        self._read_deadline = 0.0
        # The time of a page's goodbye, if no page has come since.
        self._goodbye_at = -math.inf
        self._commands = CommandHandler(self.conversation, run_in_thread)
        self._command_count = 0
        # The size of all messages that pages have sent, in characters of text and files.
        self._message_chars = 0
        self._on_expired = on_expired
        self._on_reply_ended = on_reply_ended
        self._make_room = make_room
        self._question_bytes = question_bytes
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def has_request(self) -> bool:
        """Whether a reply runs, or its request is still being closed."""
        ended = self.conversation.ended
        return ended is not None and not ended.done()

    @property
    def has_readers(self) -> bool:
        """Whether the stream has a reader at this worker or at another one."""
        return self.readers > 0 or self._has_remote_readers

    @property
    def kept_bytes(self) -> int:
        """Bytes of the question and of all messages, with their files."""
        return self._question_bytes + self._message_chars

    def now(self) -> float:
        """Return the time on the clock that the log's ops use, in seconds."""
        return clock()

    def ask(self, message: UserMessage) -> None:
        """Ask the only question of a stream that ends with its answer."""
        self.conversation.ask(message, {})
        self.start_position = self.feed.log.last_position(TurnOpened)

    def attach(self) -> None:
        """Count a reader that has come."""
        self.readers += 1
        self._read_deadline, self._goodbye_at = 0.0, -math.inf
        self._reschedule()

    def detach(self) -> None:
        """Count a reader that has left."""
        self.readers -= 1
        self.unread_since = clock()
        self._reschedule()

    def set_remote_readers(self, present: bool) -> None:
        """Record whether the stream has readers at other workers."""
        if present != self._has_remote_readers:
            self._has_remote_readers = present
            self._reschedule()

    def stop(self, reason: str = "user") -> None:
        """Stop the running reply for all readers. If a message's files are being read, do not begin its reply."""
        self._commands.stop(reason)

    def handle_command(self, wire: object) -> None:
        """Handle a page's frame.

        Raises:
            ProtocolError: The frame is not a command, or this stream does not take it.
        """
        command = parse_command(wire)
        if isinstance(command, Bye):
            self._goodbye_at = clock()
            self._reschedule()
            return
        if self._is_closed:
            raise ProtocolError("this conversation is closed; begin another")
        if isinstance(command, IDEMPOTENT) and self._commands.is_duplicate(command.key):
            return
        check_command(command, self.is_chat, self.max_message_chars, self._commands.waiting_count)
        if isinstance(command, IDEMPOTENT):
            self._check_quota(command)
        self._commands.handle(command)

    def changed(self) -> None:
        """Wake the readers, because the log has grown."""
        self.feed.notify()

    def started(self) -> None:
        """Give the page that asked some time to begin reading, if the stream has no reader."""
        if self.is_chat and not self.has_readers:
            self._read_deadline = clock() + READ_GRACE_SECONDS
        asyncio.get_running_loop().call_soon(self._reschedule)

    def ended(self) -> None:
        """Close the stream if it ends with its first answer."""
        if not self.is_chat:
            self.feed.close()
        self._reschedule()
        self._on_reply_ended(self.conversation)

    def finished(self) -> None:
        """Send the first of the waiting messages."""
        self._commands.send_next()

    def slack_seconds(self) -> float:
        """Return no time, because readers get each piece of text when it comes."""
        return 0.0

    def close(self) -> None:
        """Stop the running reply, drop the waiting messages and end the stream for its readers."""
        self._is_closed = True
        self._cancel_timer()
        self._commands.close()
        self.feed.close()

    def _reschedule(self) -> None:
        """Set the timer that limits how long the stream waits for a reader, as readers and replies come and go."""
        self._cancel_timer()
        if self.has_readers or self._is_closed:
            return
        if self.conversation.running:
            seconds = max(self._wait_seconds(), self._read_deadline - clock())
            self._schedule(seconds, lambda: self.stop("abandoned"))
        else:
            seconds = IDLE_TTL_SECONDS if self.is_chat else self.resume_for_seconds
            self._schedule(seconds, lambda: self._on_expired(self))

    def _wait_seconds(self) -> float:
        """Return the time for which a running reply waits for a reader."""
        left = self._goodbye_at + GOODBYE_SECONDS - clock()
        # A reader who leaves long after a goodbye is another one, whose connection was lost.
        return min(self.resume_for_seconds, left) if left > 0 else self.resume_for_seconds

    def _schedule(self, seconds: float, act: Callable[[], Any]) -> None:
        if seconds > 0:
            self._timer = asyncio.get_running_loop().call_later(seconds, act)
        else:
            act()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check_quota(self, command: Command) -> None:
        """Refuse a command that exceeds the conversation's limits of size or number, before it uses memory."""
        message_chars = add_message_size(command, self._message_chars)
        if self._command_count == MAX_COMMANDS:
            raise ProtocolError(f"this conversation has taken {MAX_COMMANDS:,} commands, the limit; begin another")
        self._make_room(self, message_chars - self._message_chars)
        self._message_chars = message_chars
        self._command_count += 1
