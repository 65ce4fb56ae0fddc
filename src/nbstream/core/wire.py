"""Frames as JSON and back. What comes from a page is checked here, field by field, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeAlias

from .protocol import (
    PARTS,
    VERSION,
    Ack,
    BlockClosed,
    BlockOpened,
    BlocksDropped,
    Bye,
    Continue,
    Frame,
    Op,
    Part,
    Prompt,
    ProtocolError,
    Quiet,
    ReplyMoved,
    Resync,
    Retry,
    Status,
    Stop,
    TextAdded,
    TurnOpened,
    Update,
    Want,
)

log = logging.getLogger("nbstream")

Wire: TypeAlias = dict[str, Any]

_OPS: dict[str, type[Op]] = {
    op.tag: op for op in (TurnOpened, BlockOpened, TextAdded, BlockClosed, BlocksDropped, ReplyMoved, Quiet)
}
_FRAMES: dict[str, type[Frame]] = {
    frame.tag: frame for frame in (Update, Ack, Resync, Bye, Stop, Prompt, Retry, Continue, Want, Part)
}

_CHECKS: dict[str, Callable[[object], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "float | None": lambda value: value is None or _CHECKS["float"](value),
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


def frame_or_none(wire: object) -> Frame | None:
    """The frame that some data from outside is; what is none leaves a line in the log and nothing else."""
    try:
        return from_wire(wire)
    except ProtocolError as error:
        log.debug("not a frame: %s", error)
        return None
