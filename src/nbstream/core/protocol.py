"""Frames: the messages between kernel and page, in both directions.

The twin on the page is `js/src/core/protocol.ts`. Both are tested with `tests/fixtures/frames.json`, and
`codec.py` converts frames to JSON and back. A frame is one comm message. Frames to the page carry operations (ops)
that the page applies in order. Frames from the page report its position and carry the user's commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from .ops import Op
from .variable_frames import ListVariables, Refusal, Variables

VERSION = 1
"""Version of the frames. It is increased when an old page could misread the frames of a new kernel, or a new page
the frames of an old kernel."""

Via: TypeAlias = Literal["control", "comm"]
"""A way on which a page's frames reach the kernel: the control channel, or the widget's comm."""

AssetName: TypeAlias = Literal["code", "math", "move", "output", "save", "variables"]

ASSETS = ("code", "math", "move", "output", "save", "variables")
"""All assets: modules of the page's code that the page fetches when it first needs them."""


class ProtocolError(ValueError):
    """A message is not a frame of this protocol."""


@dataclass(frozen=True)
class Update:
    """Kernel to page: the ops between two positions of the log.

    A page whose own position is `base` applies the ops and is then at `seq`. A page at a later position has these
    ops already. A page at an earlier position has missed some and sends `Resync`. An update without ops is a
    probe, which the page answers with its position.

    Attributes:
        base: The log's length before these ops.
        seq: The log's length after these ops: one for each op, and one for each character of text.
        now: The kernel's clock when the frame was sent, in seconds; 0 in a frame of nothing but text.
        ops: The ops to apply.
        to: The only page that this frame is for; `None` means every page.
        via: In the answer to a resync, the best way on which the page was heard since then. The page sends by this
            way from then on (`js/src/core/way.ts`).
    """

    tag: ClassVar[str] = "update"
    base: int
    seq: int
    now: float = 0.0
    ops: tuple[Op, ...] = ()
    to: str | None = None
    via: Via | None = None


@dataclass(frozen=True)
class Ack:
    """Page to kernel: the page's position and its number of views.

    Attributes:
        page: The page's id, new with every load.
        seq: The position up to which the page has painted.
        received: The position up to which the page has everything, painted or not; at least `seq`.
        views: The number of outputs that show this chat on the page.
        hidden: The page is in a hidden tab.
    """

    tag: ClassVar[str] = "ack"
    page: str
    seq: int
    received: int = 0
    views: int = 1
    hidden: bool = False


@dataclass(frozen=True)
class Resync:
    """Page to kernel: a request for everything after `seq`. A new page sends it with `seq` 0.

    Attributes:
        page: As in `Ack`.
        seq: The position up to which the page has everything.
        views: As in `Ack`.
        saves: This page writes the answer into the notebook's file at each save.
        hidden: As in `Ack`.
    """

    tag: ClassVar[str] = "resync"
    page: str
    seq: int
    views: int = 1
    saves: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Bye:
    """Page to kernel: this page is being closed or reloaded, and its views no longer count."""

    tag: ClassVar[str] = "bye"
    page: str


@dataclass(frozen=True)
class Stop:
    """Page to kernel: the user pressed Stop on this reply. The command never stops a later reply."""

    tag: ClassVar[str] = "stop"
    page: str
    turn: str


@dataclass(frozen=True)
class File:
    """A file that the user pasted or dropped: its name, and its bytes as base64."""

    name: str
    data: str


@dataclass(frozen=True)
class Prompt:
    """Page to kernel: the user sent a message. While a reply runs, the message waits for the reply's end.

    Attributes:
        page: As in `Ack`.
        key: Distinguishes a repetition of this frame from a second message. The field is not called `id`, because
            ipykernel 7.4 treats a field of that name as a request of its own.
        text: The text that the user wrote.
        files: The files that the user pasted or dropped.
        edits: The id of an earlier turn of the user, if this message is an edited version of that turn. The text
            replaces the text that the user wrote in it, and its tables, images and files are kept. The new version
            gets a reply of its own.
        drops: The indices of the blocks of that earlier turn that are not kept.
        model: The model that the user has chosen, if the kernel has not confirmed the choice yet.
        variables: The names of the notebook's variables whose values go with the text.
    """

    tag: ClassVar[str] = "prompt"
    page: str
    key: str
    text: str
    files: tuple[File, ...] = ()
    edits: str | None = None
    drops: tuple[int, ...] = ()
    model: str | None = None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class TurnCommand:
    """Page to kernel: a command for one turn. `key` is as in `Prompt`."""

    page: str
    key: str
    turn: str


class Retry(TurnCommand):
    """Page to kernel: ask for this reply again."""

    tag: ClassVar[str] = "retry"


class Continue(TurnCommand):
    """Page to kernel: continue this reply after the text that it has already."""

    tag: ClassVar[str] = "continue"


class Regenerate(TurnCommand):
    """Page to kernel: answer the question before this reply once more, as another version of the reply."""

    tag: ClassVar[str] = "regenerate"


class Summarize(TurnCommand):
    """Page to kernel: begin a new conversation with a summary of the one before this reply and its question."""

    tag: ClassVar[str] = "summarize"


class SelectVersion(TurnCommand):
    """Page to kernel: show this version of a turn, and continue the conversation from it."""

    tag: ClassVar[str] = "select_version"


@dataclass(frozen=True)
class SelectModel:
    """Page to kernel: ask this model for the next replies. `key` is as in `Prompt`."""

    tag: ClassVar[str] = "select_model"
    page: str
    key: str
    model: str


@dataclass(frozen=True)
class Approve:
    """Page to kernel: the user's decision whether this call of a tool may run. The first decision counts.

    Attributes:
        page: The page's id.
        call: The API's id of the call.
        run: Whether the call may run.
        always: Whether all further calls of this tool may run too, as long as the chat lives.
    """

    tag: ClassVar[str] = "approve"
    page: str
    call: str
    run: bool
    always: bool = False


@dataclass(frozen=True)
class QueueCommand:
    """Page to kernel: a command for the queued message with this key."""

    page: str
    key: str


class Withdraw(QueueCommand):
    """Page to kernel: do not send the queued message."""

    tag: ClassVar[str] = "withdraw"


class SendNow(QueueCommand):
    """Page to kernel: send the queued message now. The messages before it stay in the queue."""

    tag: ClassVar[str] = "send_now"


@dataclass(frozen=True)
class RequestAsset:
    """Page to kernel: send this asset."""

    tag: ClassVar[str] = "request_asset"
    page: str
    asset: AssetName


@dataclass(frozen=True)
class Asset:
    """Kernel to page: the source of an asset, a JavaScript module, for the page that requested it."""

    tag: ClassVar[str] = "asset"
    asset: AssetName
    source: str
    to: str


Command: TypeAlias = (
    Stop
    | Prompt
    | Retry
    | Continue
    | Regenerate
    | Summarize
    | SelectVersion
    | SelectModel
    | Approve
    | Withdraw
    | SendNow
)
"""A frame with which the user asks something of the conversation."""

Frame: TypeAlias = (
    Update | Ack | Resync | Bye | Command | RequestAsset | Asset | ListVariables | Variables | Refusal
)
