"""Replica of a stream that runs at another worker, its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core.codec import op_from_wire, to_wire
from ...core.command_frames import Command, Prompt
from ...core.log import Log
from ...core.ops import BlockClosed, BlockOpened, Op, Queued, ReplyStatusChanged, Status, TextAdded, Unqueued
from ...core.protocol import Bye
from ...core.reply import RUNNING
from ...kernel.event_loop import clock
from ..streams.command_checks import add_message_size, check_command, parse_command
from ..streams.log_feed import LogFeed
from .workers import Action, Workers

MAX_LAG_SECONDS = 10.0
"""The longest wait for events that a reader has already received at another worker. After this time the events
have been read from Redis, or the other worker is known to be dead."""

OWNER_LOST = "The server that wrote this answer has gone. The text so far is kept; ask again."


class ReplicaStream:
    """A copy of a stream that runs at another worker, for readers at this worker. Implements `StreamSource`.

    Args:
        stream_id: The stream's id.
        info: The stream's description, as its owner published it.
        workers: The registry of the workers. It sends commands to the owner, and knows this worker's clock offset.
        on_readers_changed: Called when the first reader has come and when the last one has left. In between, the
            replica must be kept up to date.
    """

    def __init__(
        self,
        stream_id: str,
        info: Mapping[str, Any],
        workers: Workers,
        on_readers_changed: Callable[[ReplicaStream], None],
    ) -> None:
        self.id = stream_id
        self.owner: str = info["owner"]
        self.event_prefix: str = info["event_prefix"]
        self.caller: str = info["caller"]
        self.start_position: int = info["start_position"]
        self.resume_for_seconds: float = info["resume_for_seconds"]
        self.feed = LogFeed(Log(), MAX_LAG_SECONDS)
        self.readers = 0
        self._is_chat: bool = info["is_chat"]
        self._max_message_chars: int = info["max_message_chars"]
        self._owner_clock_offset: float = info["clock_offset"]
        self._workers = workers
        self._on_readers_changed = on_readers_changed
        # The size of each message that was forwarded to the owner, by its key, in characters of text and files.
        self._sent_chars: dict[str, int] = {}

    @property
    def last_entry(self) -> str:
        """The id of the last published entry that this replica has: the log position at the entry's end."""
        return f"{self.feed.log.seq}-0"

    def now(self) -> float:
        """Return the time on the owner's clock. The times in the log's ops are from that clock."""
        return clock() + self._workers.clock_offset - self._owner_clock_offset

    def attach(self) -> None:
        """Count a reader that has come."""
        self.readers += 1
        if self.readers == 1:
            self._on_readers_changed(self)

    def detach(self) -> None:
        """Count a reader that has left."""
        self.readers -= 1
        if self.readers == 0:
            self._on_readers_changed(self)

    def stop(self) -> None:
        """Stop the running reply for everyone."""
        self._workers.enqueue(self.owner, Action.STOP, id=self.id, caller=self.caller)

    def handle_command(self, wire: object) -> None:
        """Forward a page's command to the owner.

        The replica makes all checks that it can, because the owner does not answer, and the page must learn of
        errors.

        Raises:
            ProtocolError: The frame is not a command, or this stream does not take it.
        """
        command = parse_command(wire)
        if isinstance(command, Bye) or self._admits(command):
            # The frame is built from the parsed command and not from the page's data, which may have unknown
            # fields that are nested too deeply to be encoded.
            self._workers.enqueue(
                self.owner, Action.PAGE_COMMAND, id=self.id, caller=self.caller, frame=to_wire(command)
            )

    def _admits(self, command: Command) -> bool:
        """Return whether a command is to be forwarded; a message that has arrived is not."""
        ops = self._ops()
        received = {op.key for op in ops if isinstance(op, Queued)}
        if isinstance(command, Prompt) and command.key in received:
            return False
        queued = received - {op.key for op in ops if isinstance(op, Unqueued)}
        check_command(command, self._is_chat, self._max_message_chars, len(queued))
        if isinstance(command, Prompt):
            others = sum(self._sent_chars.values()) - self._sent_chars.get(command.key, 0)
            self._sent_chars[command.key] = add_message_size(command, others) - others
        return True

    def apply(self, batch: Mapping[str, Any]) -> None:
        """Append a batch of the owner's log. Ops that the replica has already are skipped.

        Raises:
            ProtocolError: The batch has an op that this version does not know.
        """
        log, position = self.feed.log, batch["from"]
        if self.feed.is_closed or position > log.seq:
            return
        for op in map(op_from_wire, batch["ops"]):
            if isinstance(op, TextAdded):
                log.add_text(op.text[max(0, log.seq - position) :])
                position += len(op.text)
            else:
                if position == log.seq:
                    log.add(op)
                position += 1
        if batch.get("ended"):
            self.feed.close()
        self.feed.notify()

    def mark_lost(self) -> None:
        """End the log, because the owner has died. If a reply was running, it ends as a failed one."""
        if self.feed.is_closed:
            return
        ops = self._ops()
        statuses = [op.status for op in ops if isinstance(op, ReplyStatusChanged)]
        if statuses and statuses[-1] in RUNNING:
            edges = [op for op in ops if isinstance(op, BlockOpened | BlockClosed)]
            if edges and isinstance(edges[-1], BlockOpened):
                self.feed.log.add(BlockClosed(self.now()))
            self.feed.log.add(ReplyStatusChanged(Status.FAILED, self.now(), error=OWNER_LOST))
        self.feed.close()

    def _ops(self) -> list[Op]:
        return self.feed.log.ops_before(self.feed.log.seq)
