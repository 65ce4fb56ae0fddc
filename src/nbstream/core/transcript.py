"""The conversation as data: turns, their blocks, and the state of each reply.

The twin on the page is `js/src/core/transcript.ts`. Here the transcript is written, by one thread, and each
change goes into the log from which the pages are told; what a request sends again is made here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .log import Log
from .protocol import (
    BlockClosed,
    BlockOpened,
    BlocksDropped,
    ReplyMoved,
    Role,
    Status,
    TurnOpened,
)

MOVES: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.STREAMING, Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.STREAMING: frozenset({Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.DONE: frozenset(),
    Status.STOPPED: frozenset(),
    Status.FAILED: frozenset(),
}
"""Every move a reply may make; an end is an end."""

RUNNING = frozenset({Status.WAITING, Status.STREAMING})

TEXT_FIELD = {"text": "text", "thinking": "thinking"}
"""Where the streamed text of a block stands in the Messages API's own form of it."""


class IllegalMoveError(RuntimeError):
    """A reply was asked to make a move that `MOVES` does not have; a bug in nbstream."""


@dataclass(slots=True)
class Block:
    """One part of a turn.

    Attributes:
        type: The Messages API's name for the kind of block.
        param: The block as the API gave it or takes it, without its streamed text. It never leaves the kernel.
        parts: The text, in the pieces that came.
        closed: Nothing more will come.
    """

    type: str
    param: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    closed: bool = False

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    def to_param(self) -> dict[str, Any]:
        """The block as the API takes it."""
        param = {key: value for key, value in self.param.items() if value is not None}
        if self.type in TEXT_FIELD:
            param[TEXT_FIELD[self.type]] = self.text
        return {"type": self.type, **param}


@dataclass(slots=True)
class Reply:
    """How an assistant turn stands.

    Attributes:
        status: One of the states in `MOVES`.
        began: The kernel's clock when it was asked for, in seconds.
        ended: The same when it ended.
        stop_reason: The API's or ours; `None` before the end and after a failure.
        usage: The API's token counts, as far as they came.
        error: One sentence about the failure.
    """

    status: Status = Status.WAITING
    began: float = 0.0
    ended: float | None = None
    stop_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(slots=True)
class Turn:
    """One speaker's contribution."""

    id: str
    role: Role
    blocks: list[Block] = field(default_factory=list)
    reply: Reply | None = None

    def text(self, type: str = "text") -> str:  # noqa: A002  the API's word
        """The text of all blocks of one type."""
        return "".join(block.text for block in self.blocks if block.type == type)


class Transcript:
    """A conversation that is being written. One thread writes; others may read `turns` at any time."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.log = Log()

    @property
    def last_reply(self) -> Turn | None:
        """The latest assistant turn that was asked for here."""
        return next((turn for turn in reversed(self.turns) if turn.reply is not None), None)

    @property
    def status(self) -> Status:
        """The state of the latest reply."""
        turn = self.last_reply
        return turn.reply.status if turn and turn.reply else Status.IDLE

    def open_turn(self, role: Role) -> Turn:
        """Begin a turn."""
        turn = Turn(f"t{len(self.turns) + 1}", role)
        self.turns.append(turn)
        self.log.add(TurnOpened(turn.id, role))
        return turn

    def add_turn(self, role: Role, content: str | Iterable[Mapping[str, Any]]) -> Turn:
        """Append a complete turn from content as the API takes it: text, or a list of blocks."""
        turn = self.open_turn(role)
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for param in blocks:
            rest = dict(param)
            type_ = str(rest.pop("type"))
            text = rest.pop(TEXT_FIELD[type_], "") if type_ in TEXT_FIELD else ""
            self.open_block(type_, param=rest)
            self.add_text(text)
            self.close_block()
        return turn

    def ask(self, now: float) -> Turn:
        """Begin an assistant turn that waits for its reply."""
        turn = self.open_turn("assistant")
        turn.reply = Reply(began=now)
        self.log.add(ReplyMoved(Status.WAITING, now))
        return turn

    def open_block(self, type: str, now: float = 0.0, param: dict[str, Any] | None = None) -> Block:  # noqa: A002
        """Begin a block in the latest turn."""
        block = Block(type, param or {})
        self.turns[-1].blocks.append(block)
        self.log.add(BlockOpened(type, now))
        return block

    def add_text(self, text: str) -> None:
        """Append text to the latest block."""
        if text:
            self.turns[-1].blocks[-1].parts.append(text)
            self.log.add_text(text)

    def close_block(self, now: float = 0.0) -> None:
        """Complete the latest block."""
        block = self.turns[-1].blocks[-1]
        block.parts = [block.text] if block.parts else []
        block.closed = True
        self.log.add(BlockClosed(now))

    def drop_blocks(self) -> None:
        """Forget what the latest turn holds, for another attempt."""
        self.turns[-1].blocks.clear()
        self.log.add(BlocksDropped())

    def move(
        self,
        status: Status,
        now: float,
        *,
        stop_reason: str | None = None,
        usage: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        """Bring the running reply to another state.

        Raises:
            IllegalMoveError: `MOVES` has no such move.
        """
        turn = self.turns[-1]
        reply = turn.reply
        if reply is None or status not in MOVES[reply.status]:
            raise IllegalMoveError(f"turn {turn.id}: {reply and reply.status} → {status}")
        reply.status = status
        reply.stop_reason = stop_reason
        reply.usage.update(usage or {})
        reply.error = error
        if status not in RUNNING:
            reply.ended = now
        counts = {name: value for name, value in reply.usage.items() if isinstance(value, int)}
        self.log.add(ReplyMoved(status, now, stop_reason, counts, error))

    def messages(self) -> list[dict[str, Any]]:
        """The turns as the next request sends them; the API takes them whatever happened before.

        A reply that broke off keeps its whole text, and loses what the API would refuse: blank text, thinking
        without its signature, calls without their results. A turn of which nothing is left is not sent;
        the API joins neighbours of one role.
        """
        messages: list[dict[str, Any]] = []
        for turn in self.turns:
            content: str | list[dict[str, Any]] = [block.to_param() for block in _sendable(turn)]
            if content and turn.role == "user" and [set(param) for param in content] == [{"type", "text"}]:
                content = turn.text()
            if content:
                messages.append({"role": turn.role, "content": content})
        return messages

    def usage(self) -> dict[str, int]:
        """The API's token counts, added up over all replies."""
        total: dict[str, int] = {}
        for turn in self.turns:
            for name, value in turn.reply.usage.items() if turn.reply else ():
                if isinstance(value, int):
                    total[name] = total.get(name, 0) + value
        return total

    def to_markdown(self) -> str:
        """The conversation as Markdown: who speaks in bold, then what was said."""
        speaker = {"user": "**You**", "assistant": "**Claude**"}
        return "\n\n".join(f"{speaker[turn.role]}\n\n{turn.text()}" for turn in self.turns if turn.text()) + "\n"


def _sendable(turn: Turn) -> list[Block]:
    """The blocks that the API accepts again.

    Rules of the Messages API: text must hold more than white space; thinking comes back with its signature or
    not at all; a call needs its result beside it; a turn is not only thinking.
    """
    if turn.role == "user":
        return [block for block in turn.blocks if block.type != "text" or block.text.strip()]
    answered = {block.param.get("tool_use_id") for block in turn.blocks}
    kept = [
        block
        for block in turn.blocks
        if (block.type != "text" or block.text.strip())
        and (block.type != "thinking" or block.param.get("signature"))
        and (block.type != "redacted_thinking" or block.closed)
        and (not block.type.endswith("tool_use") or block.param.get("id") in answered)
        and "partial_json" not in block.param
    ]
    return kept if any(not block.type.endswith("thinking") for block in kept) else []
