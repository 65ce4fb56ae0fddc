"""What kernel and page say to each other: the frames, both ways, to and from the wire.

The twin on the page is `js/src/core/protocol.ts`; both are held to `tests/fixtures/frames.json`.
A frame is one comm message. Frames to the page carry operations (ops) that the page applies in order;
frames from the page say how far it got and what its reader wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias

VERSION = 1
"""Goes up when an old page could misread a new kernel's frames, or the other way round."""

Wire: TypeAlias = dict[str, Any]
Role: TypeAlias = Literal["user", "assistant"]
PartName: TypeAlias = Literal["code", "math"]

PARTS = ("code", "math")
"""The parts of the page's code that travel on first need; there is no other name to ask for."""


class Status(StrEnum):
    """The states of a reply; `idle` is a conversation in which nothing was asked yet."""

    IDLE = "idle"
    WAITING = "waiting"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class ProtocolError(ValueError):
    """A message that is no frame of this protocol."""


@dataclass(frozen=True)
class TurnOpened:
    """A new turn begins; what follows belongs to it."""

    tag: ClassVar[str] = "turn"
    id: str
    role: Role


@dataclass(frozen=True)
class BlockOpened:
    """A new block begins in the latest turn. `type` is the Messages API's, known to us or not."""

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
    """The latest block is complete."""

    tag: ClassVar[str] = "close"
    at: float = 0.0


@dataclass(frozen=True)
class BlocksDropped:
    """The latest turn starts over: an attempt failed before anything was shown, and is made again."""

    tag: ClassVar[str] = "drop"


@dataclass(frozen=True)
class ReplyMoved:
    """The latest reply changed its state.

    Attributes:
        status: The new state.
        at: The kernel's clock, in seconds; only differences to `Update.now` mean anything.
        stop_reason: The API's or ours, once the reply has ended.
        usage: The API's token counts, once known.
        error: One sentence for the reader: what happened and what to do.
    """

    tag: ClassVar[str] = "reply"
    status: Status
    at: float = 0.0
    stop_reason: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


Op: TypeAlias = TurnOpened | BlockOpened | TextAdded | BlockClosed | BlocksDropped | ReplyMoved


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
    """Page to kernel: send what comes after `seq`. With `seq` 0 it is a new page's greeting."""

    tag: ClassVar[str] = "resync"
    page: str
    seq: int
    views: int = 1
    hidden: bool = False


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
class Prompt:
    """Page to kernel: the reader sent a message; `key` tells a repetition from a second message.

    It is not called `id`: ipykernel 7.4 takes a field of that name for a request of its own.
    """

    tag: ClassVar[str] = "prompt"
    page: str
    key: str
    text: str


@dataclass(frozen=True)
class Want:
    """Page to kernel: send this part of the page's code."""

    tag: ClassVar[str] = "want"
    page: str
    part: PartName


@dataclass(frozen=True)
class Part:
    """Kernel to page: the source of a part, a JavaScript module, for the page that wanted it."""

    tag: ClassVar[str] = "part"
    part: PartName
    source: str
    to: str


Frame: TypeAlias = Update | Ack | Resync | Bye | Stop | Prompt | Want | Part

_OPS: dict[str, type[Op]] = {
    op.tag: op for op in (TurnOpened, BlockOpened, TextAdded, BlockClosed, BlocksDropped, ReplyMoved)
}
_FRAMES: dict[str, type[Frame]] = {
    frame.tag: frame for frame in (Update, Ack, Resync, Bye, Stop, Prompt, Want, Part)
}

_CHECKS: dict[str, Callable[[object], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "str | None": lambda value: value is None or isinstance(value, str),
    "PartName": lambda value: value in PARTS,
    "Role": lambda value: value in ("user", "assistant"),
    "Status": lambda value: isinstance(value, str) and value in set(Status),
    "Mapping[str, Any]": lambda value: isinstance(value, dict),
    "tuple[Op, ...]": lambda value: isinstance(value, list),
}


def _fields_to_wire(item: Op | Frame) -> Wire:
    """The fields that differ from their defaults: what is usual costs no bytes."""
    wire: Wire = {}
    for f in fields(item):
        value = getattr(item, f.name)
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if value == default:
            continue
        if isinstance(value, float):
            value = round(value, 3)
        wire[f.name] = dict(value) if isinstance(value, Mapping) else value
    return wire


def _fields_from_wire(kind: type[Any], wire: Wire) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for f in fields(kind):
        if f.name not in wire:
            if f.default is MISSING and f.default_factory is MISSING:
                raise ProtocolError(f"{kind.tag!r} lacks {f.name!r}: {wire!r:.200}")
            continue
        value = wire[f.name]
        if not _CHECKS[str(f.type)](value):
            raise ProtocolError(f"{f.name!r} of {kind.tag!r} is not {f.type}: {value!r:.100}")
        values[f.name] = Status(value) if f.type == "Status" else value
    return values


def to_wire(frame: Frame) -> Wire:
    """A frame as JSON-ready data."""
    wire = {"v": VERSION, "kind": frame.tag, **_fields_to_wire(frame)}
    if isinstance(frame, Update) and frame.ops:
        wire["ops"] = [{"op": op.tag, **_fields_to_wire(op)} for op in frame.ops]
    return wire


def from_wire(wire: object) -> Frame:
    """The frame that some JSON data is.

    Raises:
        ProtocolError: It is none: another version, an unknown kind, a field missing or of another type.
    """
    if not isinstance(wire, dict):
        raise ProtocolError(f"a frame is an object, this is {type(wire).__name__}")
    if wire.get("v") != VERSION:
        raise ProtocolError(f"a frame of version {wire.get('v')!r}; this side speaks {VERSION}")
    kind = _FRAMES.get(str(wire.get("kind")))
    if kind is None:
        raise ProtocolError(f"an unknown kind of frame: {wire.get('kind')!r}")
    values = _fields_from_wire(kind, wire)
    if "ops" in values:
        values["ops"] = tuple(_op_from_wire(op) for op in values["ops"])
    return kind(**values)


def _op_from_wire(wire: object) -> Op:
    op = _OPS.get(str(wire.get("op"))) if isinstance(wire, dict) else None
    if op is None:
        raise ProtocolError(f"an unknown op: {wire!r:.100}")
    return op(**_fields_from_wire(op, wire))  # type: ignore[arg-type]
