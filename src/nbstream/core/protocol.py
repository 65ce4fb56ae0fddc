"""Frames: the messages between kernel and page, in both directions.

The twin on the page is `js/src/core/protocol.ts`. Both are tested with `tests/fixtures/frames.json`, and
`codec.py` converts frames to JSON and back. A frame is one comm message. Frames to the page carry operations (ops)
that the page applies in order. Frames from the page report its position and carry the commands of its user, which
`command_frames.py` has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from .command_frames import Command
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
        via: In the answer to a resync, the best way on which a frame of the page has arrived since then. The page
            uses this way from then on (`js/src/core/way.ts`).
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
        seq: The position up to which the page has painted, or has made everything for its next update.
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


Frame: TypeAlias = (
    Update | Ack | Resync | Bye | Command | RequestAsset | Asset | ListVariables | Variables | Refusal
)
