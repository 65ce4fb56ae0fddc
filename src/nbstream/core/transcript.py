"""The conversation as data: turns, their blocks, and the state of each reply.

One thread writes the transcript, and each change is added to the log that pages apply. The twin on the page is
`js/src/core/transcript.ts`. `turn.py` has the parts of a transcript, `turn_tree.py` the versions of its turns, and
`messages.py` converts it for a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Unpack

from .block_info import MAX_IMAGES, block_info, late_block_info
from .log import Log
from .messages import build_messages
from .ops import (
    TRANSITIONS,
    BlockClosed,
    BlockOpened,
    BlocksDropped,
    CallState,
    CallStatusChanged,
    ModelsOffered,
    Queued,
    ReplyStatusChanged,
    Role,
    Stalled,
    Status,
    TurnOpened,
    Unqueued,
    VersionSelected,
)
from .reply import Reply, ReplyChange, sum_usage
from .turn import Block, Turn
from .turn_tree import TurnTree


class IllegalTransitionError(RuntimeError):
    """A reply was about to make a change of status that `TRANSITIONS` forbids. This is a bug in nbstream."""


class Transcript:
    """A conversation that is being written. One thread writes, and others may read at any time.

    Args:
        describe_block: Makes the data that pages get beside a block's text, from the block's type, its other
            fields, and its text where that is known when the block begins.

    Attributes:
        describe_block: The same function; it may be replaced.
        tree: All turns, with their versions.
        log: The ops that pages apply.
    """

    def __init__(
        self, describe_block: Callable[[str, Mapping[str, Any], str], Mapping[str, Any]] = block_info
    ) -> None:
        self.tree = TurnTree()
        self.log = Log()
        self.describe_block = describe_block

    @property
    def turns(self) -> list[Turn]:
        """The turns in sight: the conversation as it is shown, with one version of each turn."""
        return self.tree.in_sight

    @property
    def last_reply(self) -> Turn | None:
        """The latest assistant turn that this conversation has requested."""
        for turn in reversed(self.turns):
            if turn.reply is not None:
                return turn
        return None

    @property
    def status(self) -> Status:
        """The status of the latest reply."""
        turn = self.last_reply
        return turn.reply.status if turn and turn.reply else Status.IDLE

    def open_turn(self, role: Role, after: str | None = None) -> Turn:
        """Begin a turn after the latest one, or another version of the turn that follows the turn `after`."""
        latest = self.turns[-1].id if self.turns else ""
        turn = self.tree.add(role, after)
        self.log.add(TurnOpened(turn.id, role, None if turn.after == latest else turn.after))
        return turn

    def select_version(self, turn_id: str) -> None:
        """Show another version of a turn in sight; see `TurnTree`."""
        self.tree.select_version(turn_id)
        self.log.add(VersionSelected(turn_id))

    def add_turn(
        self,
        role: Role,
        content: str | Iterable[Mapping[str, Any]],
        after: str | None = None,
        previews: Iterable[Mapping[str, Any]] | None = None,
    ) -> Turn:
        """Append a complete turn from content in the API's form: a text or a list of blocks; see `add_blocks`."""
        turn = self.open_turn(role, after)
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        self.add_blocks(blocks, previews=previews)
        return turn

    def add_blocks(
        self,
        content: Iterable[Mapping[str, Any]],
        now: float = 0.0,
        previews: Iterable[Mapping[str, Any]] | None = None,
    ) -> None:
        """Append complete blocks to the latest turn.

        Args:
            content: The blocks, as the API takes them.
            now: The kernel's clock, in seconds.
            previews: For each block the data that pages get beside its text; by default `describe_block` makes it.
        """
        ready = None if previews is None else iter(previews)
        images = 0
        for block in content:
            type_, rest, text = Block.split(dict(block))
            images += type_ == "image"
            describe = block_info if type_ == "image" and images > MAX_IMAGES else self.describe_block
            info = describe(type_, rest, text) if ready is None else next(ready)
            self.append_block(Block(type_, rest), now, info)
            self.add_text(text)
            self.close_block(now)

    def open_reply(self, now: float, after: str | None = None) -> Turn:
        """Begin an assistant turn that waits for its reply; for `after`, see `open_turn`."""
        turn = self.open_turn("assistant", after)
        turn.reply = Reply(began=now)
        self.log.add(ReplyStatusChanged(Status.WAITING, now))
        return turn

    def reopen_reply(self, now: float, *, is_continuation: bool) -> Turn:
        """Set the latest reply to WAITING again, for its continuation or for a new attempt that replaces it."""
        turn = self.turns[-1]
        if is_continuation:
            turn.continuations.append(len(turn.blocks))
        self.transition(Status.WAITING, now)
        return turn

    def report_stall(self, since: float, until: float | None = None) -> None:
        """Tell the pages that Claude has been silent since `since`, and is asked again at `until`."""
        self.log.add(Stalled(since, until))

    def open_block(
        self,
        type: str,  # noqa: A002  the API's word
        now: float = 0.0,
        param: dict[str, Any] | None = None,
        text: str = "",
    ) -> Block:
        """Begin a block in the latest turn.

        Args:
            type: The API's name for the kind of block.
            now: The kernel's clock, in seconds.
            param: The other fields of the block.
            text: The text that the block will have, if it is known: the block's description may depend on it.
                `add_text` adds it to the block.
        """
        block = Block(type, param or {})
        return self.append_block(block, now, self.describe_block(type, block.param, text))

    def add_text(self, text: str) -> None:
        """Append text to the latest block."""
        if text:
            self.turns[-1].blocks[-1].parts.append(text)
            self.log.add_text(text)

    def close_block(self, now: float = 0.0, *, is_complete: bool = True) -> None:
        """End the latest block, which is complete, or has broken off."""
        block = self.turns[-1].blocks[-1]
        block.parts = [block.text] if block.parts else []
        block.is_closed = is_complete
        block.closed_at = now
        self.log.add(BlockClosed(now, late_block_info(block.param)))

    def transition_call(self, call: str, state: CallState, now: float) -> None:
        """Change the state of a call of a tool in the latest turn."""
        self.turns[-1].calls.append((call, state, now))
        self.log.add(CallStatusChanged(call, state, now))

    def queue(self, key: str, text: str, files: Iterable[str]) -> None:
        """Add a message to the queue of those that wait for the end of the running reply."""
        self.log.add(Queued(key, text, tuple(files)))

    def unqueue(self, key: str) -> None:
        """Remove a message from the queue."""
        self.log.add(Unqueued(key))

    def offer_models(self, names: Iterable[str], chosen: str) -> None:
        """Tell the pages which models the user can choose from, and which one is chosen."""
        self.log.add(ModelsOffered(tuple(names), chosen))

    def drop_blocks(self) -> None:
        """Remove the blocks of the latest turn, before another attempt."""
        self.turns[-1].blocks.clear()
        self.turns[-1].continuations.clear()
        self.turns[-1].calls.clear()
        self.log.add(BlocksDropped())

    def add_usage(self, usage: Mapping[str, Any]) -> None:
        """Add the usage of an ended request to the latest reply, before the next request for this reply."""
        reply = self.turns[-1].reply
        if reply is not None:
            reply.earlier_usage = sum_usage(reply.earlier_usage, usage)

    def transition(self, status: Status, now: float, **change: Unpack[ReplyChange]) -> None:
        """Change the status of the latest reply.

        Args:
            status: The new status.
            now: The kernel's clock, in seconds.
            **change: What else changes; everything that is not given is no longer known.

        Raises:
            IllegalTransitionError: `TRANSITIONS` forbids the change.
        """
        turn = self.turns[-1]
        reply = turn.reply
        if reply is None or status not in TRANSITIONS[reply.status]:
            raise IllegalTransitionError(f"turn {turn.id}: {reply and reply.status} → {status}")
        self.log.add(reply.change(status, now, change))

    def messages(self, *, is_continuation: bool = False) -> list[dict[str, Any]]:
        """Return the turns as messages of the next request; see `build_messages`."""
        return build_messages(self.turns, is_continuation=is_continuation)

    def usage(self) -> dict[str, Any]:
        """Return the API's token counts, added up over all replies."""
        total: dict[str, Any] = {}
        for turn in self.tree.versions:
            total = sum_usage(total, turn.reply.usage if turn.reply else {})
        return {name: value for name, value in total.items() if isinstance(value, int | Mapping)}

    def append_block(self, block: Block, now: float, info: Mapping[str, Any]) -> Block:
        """Append a block without text to the latest turn; `info` is the data that pages get beside its text."""
        block.data = info
        block.opened_at = now
        self.turns[-1].blocks.append(block)
        self.log.add(BlockOpened(block.type, now, info))
        return block
