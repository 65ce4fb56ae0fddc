"""What a page is told of a conversation, step by step: the ops of the log, which pages apply in order.

`protocol.py` has the frames that carry them; the twin on the page of both is `js/src/core/protocol.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias

Role: TypeAlias = Literal["user", "assistant"]
Dollars: TypeAlias = float
"""US dollars."""

CallState: TypeAlias = Literal["asking", "queued", "running", "done", "failed", "refused", "stopped"]

CALL_STATES = ("asking", "queued", "running", "done", "failed", "refused", "stopped")
"""How a call of a tool stands: the reader is asked, it waits for the kernel, it runs, and four ends."""


class Status(StrEnum):
    """The states of a reply; `idle` is a conversation in which nothing was asked yet."""

    IDLE = "idle"
    WAITING = "waiting"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class TurnOpened:
    """A new turn begins; what follows belongs to it.

    Attributes:
        id: Its name.
        role: Who speaks.
        after: The turn that it follows, where that is not the latest: this is another version of what came there,
            and what followed there is no longer in sight. Empty: of the first turn.
    """

    tag: ClassVar[str] = "turn"
    id: str
    role: Role
    after: str | None = None


@dataclass(frozen=True)
class VersionSelected:
    """Another version of a turn is in sight from now on, with what followed it last."""

    tag: ClassVar[str] = "select_version"
    turn: str


@dataclass(frozen=True)
class BlockOpened:
    """A new block begins in the latest turn.

    Attributes:
        type: The Messages API's name for the kind of block, known to us or not.
        at: The kernel's clock.
        data: What a page shows of it beside its text; see `shown.py`.
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
        at: The kernel's clock.
        data: What a page shows of it that came later than its beginning.
    """

    tag: ClassVar[str] = "close"
    at: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BlocksDropped:
    """The latest turn starts over: an attempt failed before anything was shown, and is made again."""

    tag: ClassVar[str] = "drop"


@dataclass(frozen=True)
class ReplyStatusChanged:
    """The latest reply changed its state.

    Attributes:
        status: The new state.
        at: The kernel's clock, in seconds; only differences to `Update.now` mean anything.
        stop_reason: The API's or ours, once the reply has ended.
        usage: The API's token counts, once known.
        error: One sentence for the reader: what happened and what to do.
        retry_at: When the API says to ask again, after a failure.
        cost: Estimated dollars of the reply so far; `None` where the model's price is not known.
        rate: Dollars for each further thousand tokens of its answer, while it runs.
        note: The sentence to show under a reply that ended early; see `turn.END_NOTES`.
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


@dataclass(frozen=True)
class Stalled:
    """Nothing has come from Claude for a while. What comes next, of any kind, ends it.

    Attributes:
        since: When something came last, on the kernel's clock.
        until: When Claude is asked again, where the API said to wait.
    """

    tag: ClassVar[str] = "stalled"
    since: float
    until: float | None = None


@dataclass(frozen=True)
class CallStatusChanged:
    """A call of a tool in the latest turn changed its state; `call` is the API's id of it."""

    tag: ClassVar[str] = "call"
    call: str
    state: CallState
    at: float = 0.0


@dataclass(frozen=True)
class Queued:
    """A message of the reader's waits for the end of the reply that runs; `key` is its `Prompt`'s."""

    tag: ClassVar[str] = "queue"
    key: str
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unqueued:
    """It waits no more: it was sent, or taken back."""

    tag: ClassVar[str] = "unqueue"
    key: str


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
)
