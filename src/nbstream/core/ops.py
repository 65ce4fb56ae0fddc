"""Operations (ops) that describe a conversation step by step. The log stores them, and pages apply them in order.

`protocol.py` has the frames that carry the ops. The twin of both on the page is `js/src/core/protocol.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias

Role: TypeAlias = Literal["user", "assistant", "system"]
Dollars: TypeAlias = float
"""US dollars."""

CallState: TypeAlias = Literal["asking", "queued", "running", "done", "failed", "refused", "stopped"]

CALL_STATES = ("asking", "queued", "running", "done", "failed", "refused", "stopped")
"""States of a tool call. In the first three the user is asked, the call waits for the kernel, and the call runs.
The last four are final."""

EndCause: TypeAlias = Literal["misfit", "context_full"]

END_CAUSES = ("misfit", "context_full")
"""Causes of an end that change the actions of a page. With the first, the answer is complete and does not fit the
type that was asked for, so there is nothing to continue. With the second, the conversation is longer than the
model's context window, so the same request would fail again."""

FINAL_CALL_STATES: frozenset[CallState] = frozenset({"done", "failed", "refused", "stopped"})


class Status(StrEnum):
    """State of a reply. `idle` belongs to a conversation in which nothing has been asked yet."""

    IDLE = "idle"
    WAITING = "waiting"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.STREAMING, Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.STREAMING: frozenset({Status.STREAMING, Status.DONE, Status.STOPPED, Status.FAILED}),
    Status.DONE: frozenset({Status.WAITING}),
    Status.STOPPED: frozenset({Status.WAITING}),
    Status.FAILED: frozenset({Status.WAITING}),
}
"""The allowed changes of a reply's status. After its end a reply can only be requested again or be continued. A
reply that streams may repeat STREAMING, to report its usage so far."""


@dataclass(frozen=True)
class TurnOpened:
    """A new turn begins, and the ops that follow belong to it.

    Attributes:
        id: The turn's id in this conversation.
        role: The speaker.
        after: The id of the turn before this turn; `None` means the latest turn that is shown. With the id of an
            earlier turn, this turn is another version of the turn that was shown after that one, and the page no
            longer shows the turns that followed there. With the empty string, this turn is another version of the
            first turn.
    """

    tag: ClassVar[str] = "turn"
    id: str
    role: Role
    after: str | None = None


@dataclass(frozen=True)
class VersionSelected:
    """Another version of a turn is shown, with the turns that followed that version when it was shown last."""

    tag: ClassVar[str] = "select_version"
    turn: str


@dataclass(frozen=True)
class BlockOpened:
    """A new block begins in the latest turn.

    Attributes:
        type: The Messages API's name for the kind of block. nbstream need not know the kind.
        at: The kernel's clock, in seconds.
        data: The data that a page shows beside the block's text; see `block_info.py`.
    """

    tag: ClassVar[str] = "block"
    type: str
    at: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TextAdded:
    """More text at the end of the latest block."""

    tag: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class BlockClosed:
    """The latest block is complete.

    Attributes:
        at: The kernel's clock, in seconds.
        data: More data for the page, which was not known when the block began.
    """

    tag: ClassVar[str] = "close"
    at: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BlocksDropped:
    """The latest turn loses its blocks, because an attempt failed before anything was shown and is repeated."""

    tag: ClassVar[str] = "drop"


@dataclass(frozen=True)
class ReplyStatusChanged:
    """The latest reply changed its status.

    Attributes:
        status: The new status.
        at: The kernel's clock, in seconds. It has a meaning only in comparison with `Update.now`.
        stop_reason: The API's stop reason or nbstream's own, once the reply has ended.
        usage: The API's token counts, once known.
        error: One sentence for the user about a failure: its cause and the remedy.
        retry_at: The time at which the API allows the next attempt after a failure, on the kernel's clock.
        cost: Estimated US dollars of the reply so far; `None` where the model's price is not known.
        rate: US dollars for each further thousand tokens of the answer, while the reply runs.
        note: The sentence to show under a reply that ended early; see `reply.END_NOTES`.
        is_left_out: The question and its failed reply are not sent again with later questions.
        cause: The cause of the end, where it changes the actions that a page offers.
        context_percent: How full the model's context window is after the reply, in percent; `None` below half, and
            where the size of the window is not known.
    """

    tag: ClassVar[str] = "reply"
    status: Status
    at: float = 0.0
    stop_reason: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    retry_at: float | None = None
    cost: Dollars | None = None
    rate: Dollars | None = None
    note: str | None = None
    is_left_out: bool = False
    cause: EndCause | None = None
    context_percent: int | None = None


@dataclass(frozen=True)
class Stalled:
    """Nothing has come from Claude for a while. The next op of the reply, of any kind, ends the stall.

    Attributes:
        since: The time of the latest activity, on the kernel's clock.
        until: The time of the next attempt, where the API asked for a pause.
    """

    tag: ClassVar[str] = "stalled"
    since: float
    until: float | None = None


@dataclass(frozen=True)
class CallStatusChanged:
    """A call of a tool in the latest turn changed its state. `call` is the API's id of the call."""

    tag: ClassVar[str] = "call"
    call: str
    state: CallState
    at: float = 0.0


@dataclass(frozen=True)
class Queued:
    """A message of the user waits for the end of the running reply. `key` is the key of its `Prompt`."""

    tag: ClassVar[str] = "queue"
    key: str
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unqueued:
    """A message no longer waits: it was sent or withdrawn."""

    tag: ClassVar[str] = "unqueue"
    key: str


@dataclass(frozen=True)
class ModelsOffered:
    """The models that the user can choose from, and the one that the next reply is asked of."""

    tag: ClassVar[str] = "models"
    names: tuple[str, ...]
    chosen: str


@dataclass(frozen=True)
class NoticeChanged:
    """A sentence for the user about the whole chat: its cause and the remedy. An empty one ends the notice."""

    tag: ClassVar[str] = "notice"
    message: str


Op: TypeAlias = (
    TurnOpened
    | VersionSelected
    | BlockOpened
    | TextAdded
    | BlockClosed
    | BlocksDropped
    | ReplyStatusChanged
    | Stalled
    | CallStatusChanged
    | Queued
    | Unqueued
    | ModelsOffered
    | NoticeChanged
)
