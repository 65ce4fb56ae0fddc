"""Replica of a stream that runs at another worker, its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core.codec import op_from_wire, to_wire
from ...core.log import Log
from ...core.ops import BlockClosed, BlockOpened, Op, Queued, ReplyStatusChanged, Status, TextAdded, Unqueued
from ...core.protocol import Prompt
from ...core.turn import RUNNING
from ...kernel.event_loop import clock
from ..streams.command_checks import add_message_size, check_command, parse_command
from ..streams.log_feed import LogFeed
from .workers import Action, Workers

MAX_LAG_SECONDS = 10.0
"""Time within which events that a reader got at another worker are here, or that worker is known to be dead."""

OWNER_LOST = "The server that was answering has gone. What came until then is kept; ask again."


class ReplicaStream:
    """A copy of another worker's log, shared by its readers here. Implements `StreamSource`.

    Args:
        stream_id: The stream's id.
        info: The stream's description, as its owner published it.
        workers: Takes commands for the owner, and knows its clock.
        on_readers_changed: Called when the first reader begins and when the last one ends. In between, the replica
            must be kept up to date.
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
        # The size of each message that was forwarded from here, in characters of text and files.
        self._sent_chars: dict[str, int] = {}

    @property
    def last_entry(self) -> str:
        """The id of the last entry of the published log that is here; an entry's id is the position after it."""
        return f"{self.feed.log.seq}-0"

    def now(self) -> float:
        """Return the owner's clock, by which the log's ops are dated."""
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

        The command is checked here as far as the replica knows, because no answer comes back from the owner.

        Raises:
            ProtocolError: The frame is not a command, or this stream does not take it.
        """
        command, ops = parse_command(wire), self._ops()
        received = {op.key for op in ops if isinstance(op, Queued)}
        if isinstance(command, Prompt) and command.key in received:
            return
        queued = received - {op.key for op in ops if isinstance(op, Unqueued)}
        check_command(command, self._is_chat, self._max_message_chars, len(queued))
        if isinstance(command, Prompt):
            others = sum(self._sent_chars.values()) - self._sent_chars.get(command.key, 0)
            self._sent_chars[command.key] = add_message_size(command, others) - others
        # The frame is encoded anew: unknown fields of the original could be nested too deeply to be sent on.
        self._workers.enqueue(
            self.owner, Action.PAGE_COMMAND, id=self.id, caller=self.caller, frame=to_wire(command)
        )

    def apply(self, batch: Mapping[str, Any]) -> None:
        """Append a batch of the owner's log. Ops that are here already are skipped, so a batch may come twice.

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
        """End the log after the owner's death: a running reply has failed."""
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
