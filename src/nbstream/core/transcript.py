"""The conversation as data: turns, their blocks, and the state of each reply.

The twin on the page is `js/src/core/transcript.ts`. Here the transcript is written, by one thread, and each
change goes into the log from which the pages are told; `turn.py` has its parts, `messages.py`
makes of it what a request sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .log import Log
from .messages import messages_of
from .protocol import (
    BlockClosed,
    BlockOpened,
    BlocksDropped,
    Quiet,
    ReplyMoved,
    Role,
    Status,
    TurnOpened,
)
from .turn import RUNNING, TEXT_FIELD, Block, Reply, Turn
from .usage import added

MOVES: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.STREAMING, Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.STREAMING: frozenset({Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.DONE: frozenset({Status.WAITING}),
    Status.STOPPED: frozenset({Status.WAITING}),
    Status.FAILED: frozenset({Status.WAITING}),
}
"""Every move a reply may make. From an end there is one: it is asked for again, or asked to go on."""


class IllegalMoveError(RuntimeError):
    """A reply was asked to make a move that `MOVES` does not have; a bug in nbstream."""


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

    def ask_again(self, now: float, *, go_on: bool) -> Turn:
        """Have the latest reply wait once more: for what follows, or for another that takes its place."""
        turn = self.turns[-1]
        if go_on:
            turn.seams.append(len(turn.blocks))
        self.move(Status.WAITING, now)
        return turn

    def quiet(self, since: float, until: float | None = None) -> None:
        """Tell the pages that nothing comes from Claude."""
        self.log.add(Quiet(since, until))

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
        self.turns[-1].seams.clear()
        self.log.add(BlocksDropped())

    def spend(self, usage: Mapping[str, Any]) -> None:
        """A request for the latest reply has ended, and another one follows; this is what it used."""
        reply = self.turns[-1].reply
        if reply is not None:
            reply.spent = added(reply.spent, usage)

    def move(
        self,
        status: Status,
        now: float,
        *,
        stop_reason: str | None = None,
        usage: Mapping[str, Any] | None = None,
        error: str | None = None,
        retry_at: float | None = None,
    ) -> None:
        """Bring the latest reply to another state.

        Raises:
            IllegalMoveError: `MOVES` has no such move.
        """
        turn = self.turns[-1]
        reply = turn.reply
        if reply is None or status not in MOVES[reply.status]:
            raise IllegalMoveError(f"turn {turn.id}: {reply and reply.status} → {status}")
        reply.status = status
        reply.stop_reason = stop_reason
        reply.error = error
        reply.ended = None if status in RUNNING else now
        if status is Status.WAITING:
            reply.began = now
            reply.spent = dict(reply.usage)
        elif usage is not None:
            reply.usage = added(reply.spent, usage)
        counts = {name: value for name, value in reply.usage.items() if isinstance(value, int)}
        self.log.add(ReplyMoved(status, now, stop_reason, counts, error, retry_at))

    def messages(self, *, go_on: bool = False) -> list[dict[str, Any]]:
        """The turns as the next request sends them; see `messages_of`."""
        return messages_of(self.turns, go_on=go_on)

    def usage(self) -> dict[str, Any]:
        """The API's token counts, added up over all replies."""
        total: dict[str, Any] = {}
        for turn in self.turns:
            total = added(total, turn.reply.usage if turn.reply else {})
        return {name: value for name, value in total.items() if isinstance(value, int | Mapping)}

    def to_markdown(self) -> str:
        """The conversation as Markdown: who speaks in bold, then what was said."""
        speaker = {"user": "**You**", "assistant": "**Claude**"}
        return "\n\n".join(f"{speaker[turn.role]}\n\n{turn.text()}" for turn in self.turns if turn.text()) + "\n"
