"""What kernel and page say to each other: the frames, both ways.

The twin on the page is `js/src/core/protocol.ts`; both are held to `tests/fixtures/frames.json`, and `wire.py`
makes JSON of the frames. A frame is one comm message. Frames to the page carry operations (ops) that the page
applies in order; frames from the page say how far it got and what its reader wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from .ops import Op

VERSION = 1
"""Goes up when an old page could misread a new kernel's frames, or the other way round."""

AssetName: TypeAlias = Literal["code", "math", "save"]

ASSETS = ("code", "math", "save")
"""The parts of the page's code that travel on first need; there is no other name to ask for."""


class ProtocolError(ValueError):
    """A message that is no frame of this protocol."""


@dataclass(frozen=True)
class Update:
    """Kernel to page: the ops between two places of the log.

    A page whose own place is `base` applies the ops and is then at `seq`; a page at a later place has
    seen this already; a page at an earlier one has missed something and asks with `Resync`. With no ops
    it is a question: are you here, and at `seq`?

    Attributes:
        base: The log's length before these ops.
        seq: The log's length after them: one for each op, one for each character of text.
        now: The kernel's clock when the frame left, in seconds.
        ops: What to apply.
        to: The only page that shall look at this frame; `None` means every page.
    """

    tag: ClassVar[str] = "update"
    base: int
    seq: int
    now: float = 0.0
    ops: tuple[Op, ...] = ()
    to: str | None = None


@dataclass(frozen=True)
class Ack:
    """Page to kernel: this much is painted, and this many views stand.

    Attributes:
        page: The page's own name for itself, new with every load.
        seq: How far the page has painted.
        received: How far it has everything, painted or not; at least `seq`.
        views: How many outputs show this chat on that page.
        hidden: The reader looks at another tab.
    """

    tag: ClassVar[str] = "ack"
    page: str
    seq: int
    received: int = 0
    views: int = 1
    hidden: bool = False


@dataclass(frozen=True)
class Resync:
    """Page to kernel: send what comes after `seq`. With `seq` 0 it is a new page's greeting.

    Attributes:
        page: As in `Ack`.
        seq: How far the page has everything.
        views: As in `Ack`.
        hidden: As in `Ack`.
        saves: This page writes the answer into the notebook's file whenever that is saved.
    """

    tag: ClassVar[str] = "resync"
    page: str
    seq: int
    views: int = 1
    hidden: bool = False
    saves: bool = False


@dataclass(frozen=True)
class Bye:
    """Page to kernel: this page is going, closed or loaded again; its views say nothing any more."""

    tag: ClassVar[str] = "bye"
    page: str


@dataclass(frozen=True)
class Stop:
    """Page to kernel: the reader pressed Stop on this reply. A later reply is not meant."""

    tag: ClassVar[str] = "stop"
    page: str
    turn: str


@dataclass(frozen=True)
class File:
    """A file that the reader pasted or dropped: its name, and its bytes as base64."""

    name: str
    data: str


@dataclass(frozen=True)
class Prompt:
    """Page to kernel: the reader sent a message. While a reply runs it waits for its end.

    Attributes:
        page: As in `Ack`.
        key: Tells a repetition from a second message. It is not called `id`: ipykernel 7.4 takes a field of that
            name for a request of its own.
        text: What was written.
        files: What was pasted or dropped beside it.
        edits: The user's turn of which this is another version; what follows that is asked anew.
    """

    tag: ClassVar[str] = "prompt"
    page: str
    key: str
    text: str
    files: tuple[File, ...] = ()
    edits: str | None = None


@dataclass(frozen=True)
class TurnCommand:
    """Page to kernel: something of one turn; `key` as in `Prompt`."""

    page: str
    key: str
    turn: str


class Retry(TurnCommand):
    """Page to kernel: ask for this reply again."""

    tag: ClassVar[str] = "retry"


class Continue(TurnCommand):
    """Page to kernel: keep what came of this reply and go on from there."""

    tag: ClassVar[str] = "continue"


class Regenerate(TurnCommand):
    """Page to kernel: answer the question before this reply once more, beside it."""

    tag: ClassVar[str] = "regenerate"


class SelectVersion(TurnCommand):
    """Page to kernel: show this version of a turn, and go on from it."""

    tag: ClassVar[str] = "select_version"


@dataclass(frozen=True)
class Approve:
    """Page to kernel: whether this call of a tool may run. The first answer counts."""

    tag: ClassVar[str] = "approve"
    page: str
    call: str
    run: bool


@dataclass(frozen=True)
class QueueCommand:
    """Page to kernel: something of the queued message of this key."""

    page: str
    key: str


class Withdraw(QueueCommand):
    """Page to kernel: do not send it."""

    tag: ClassVar[str] = "withdraw"


class SendNow(QueueCommand):
    """Page to kernel: send it now, and those before it stay."""

    tag: ClassVar[str] = "send_now"


@dataclass(frozen=True)
class RequestAsset:
    """Page to kernel: send this part of the page's code."""

    tag: ClassVar[str] = "request_asset"
    page: str
    asset: AssetName


@dataclass(frozen=True)
class Asset:
    """Kernel to page: the source of a part, a JavaScript module, for the page that wanted it."""

    tag: ClassVar[str] = "asset"
    asset: AssetName
    source: str
    to: str


Command: TypeAlias = Stop | Prompt | Retry | Continue | Regenerate | SelectVersion | Approve | Withdraw | SendNow
"""What a reader wants of the conversation."""

Frame: TypeAlias = Update | Ack | Resync | Bye | Command | RequestAsset | Asset
