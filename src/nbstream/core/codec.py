"""Conversion of frames to JSON and back. Only this module validates frames from a page, field by field."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeAlias, get_args

from .command_frames import File
from .ops import CALL_STATES, END_CAUSES, Op, Status
from .protocol import ASSETS, VERSION, Frame, ProtocolError
from .short_repr import short_repr
from .surrogates import join_surrogates

log = logging.getLogger("nbstream")

Wire: TypeAlias = dict[str, Any]

_OPS: dict[str, type[Op]] = {op.tag: op for op in get_args(Op)}
_FRAMES: dict[str, type[Frame]] = {frame.tag: frame for frame in get_args(Frame)}

_CHECKS: dict[str, Callable[[object], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "float | None": lambda value: value is None or _CHECKS["float"](value),
    "Dollars | None": lambda value: value is None or _CHECKS["float"](value),
    "str": lambda value: isinstance(value, str),
    "str | None": lambda value: value is None or isinstance(value, str),
    "AssetName": lambda value: value in ASSETS,
    "Via | None": lambda value: value in (None, "control", "comm"),
    "int | None": lambda value: value is None or _CHECKS["int"](value),
    "EndCause | None": lambda value: value is None or value in END_CAUSES,
    "CallState": lambda value: value in CALL_STATES,
    "Role": lambda value: value in ("user", "assistant", "system"),
    "Status": lambda value: isinstance(value, str) and value in set(Status),
    "Mapping[str, Any]": lambda value: isinstance(value, dict),
    "tuple[int, ...]": lambda value: isinstance(value, list) and all(_CHECKS["int"](item) for item in value),
    "tuple[str, ...]": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "tuple[File, ...]": lambda value: isinstance(value, list) and all(_CHECKS["File"](item) for item in value),
    "File": lambda value: (
        isinstance(value, dict)
        and value.keys() == {"name", "data"}
        and all(isinstance(item, str) for item in value.values())
    ),
    "tuple[Op, ...]": lambda value: isinstance(value, list),
}
_DECODERS: dict[str, Callable[[Any], object]] = {
    "Status": Status,
    "tuple[int, ...]": tuple,
    "tuple[str, ...]": tuple,
    "tuple[File, ...]": lambda files: tuple(
        File(join_surrogates(file["name"]), join_surrogates(file["data"])) for file in files
    ),
    "tuple[Op, ...]": lambda ops: tuple(op_from_wire(op) for op in ops),
}
"""Functions that convert a validated JSON value to the value of a field, for the types where the two differ."""

_FRAME_DECODERS = {
    **_DECODERS,
    "str": join_surrogates,
    "str | None": lambda value: None if value is None else join_surrogates(value),
    "tuple[str, ...]": lambda texts: tuple(join_surrogates(text) for text in texts),
}
"""The same functions for the fields of a frame, where text is repaired too. JSON may contain halves of characters
(lone surrogates), and a message with such a half could not be sent to any page. The text in ops stays unchanged,
because positions of the log count characters, and a repaired text would have another length."""


def _fields_to_wire(item: Op | Frame) -> Wire:
    """Convert the fields of an op or a frame; a field with its default value is left out to save bytes."""
    wire: Wire = {}
    for f in fields(item):
        value = getattr(item, f.name)
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if value != default:
            wire[f.name] = round(value, 6) if f.type == "Dollars | None" else _to_json(value)
    return wire


def _to_json(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, File):
        return {"name": value.name, "data": value.data}
    if isinstance(value, Op):
        return op_to_wire(value)
    return dict(value) if isinstance(value, Mapping) else value


def _fields_from_wire(
    kind: type[Any], wire: Wire, decoders: Mapping[str, Callable[[Any], object]] = _DECODERS
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for f in fields(kind):
        if f.name not in wire:
            if f.default is MISSING and f.default_factory is MISSING:
                raise ProtocolError(f"{kind.tag!r} lacks the field {f.name!r}: {short_repr(wire, 200)}")
            continue
        value, type_ = wire[f.name], str(f.type)
        if not _CHECKS[type_](value):
            raise ProtocolError(f"{f.name!r} of {kind.tag!r} is not {type_}: {short_repr(value, 100)}")
        values[f.name] = decoders[type_](value) if type_ in decoders else value
    return values


def op_to_wire(op: Op) -> Wire:
    """Convert an op to JSON-ready data."""
    return {"op": op.tag, **_fields_to_wire(op)}


def op_from_wire(wire: object) -> Op:
    """Convert JSON data to an op. Unknown fields are ignored.

    Raises:
        ProtocolError: The data is not an op.
    """
    op = _OPS.get(str(wire.get("op"))) if isinstance(wire, dict) else None
    if op is None:
        raise ProtocolError(f"{short_repr(wire, 100)} is not an op; known are {', '.join(_OPS)}.")
    return op(**_fields_from_wire(op, wire))  # type: ignore[arg-type]


def to_wire(frame: Frame) -> Wire:
    """Convert a frame to JSON-ready data."""
    return {"v": VERSION, "kind": frame.tag, **_fields_to_wire(frame)}


def from_wire(wire: object) -> Frame:
    """Convert JSON data to a frame. Unknown fields are ignored.

    Raises:
        ProtocolError: The data is not a frame: it has another version or an unknown kind, or a field is missing or
            has another type.
    """
    if not isinstance(wire, dict):
        raise ProtocolError(f"{short_repr(wire, 100)} is not a frame; a frame is an object.")
    if wire.get("v") != VERSION:
        raise ProtocolError(
            f"{short_repr(wire.get('v'), 100)} is not a supported version of frames; use {VERSION}."
        )
    kind = _FRAMES.get(str(wire.get("kind")))
    if kind is None:
        raise ProtocolError(
            f"{short_repr(wire.get('kind'), 100)} is not a kind of frame; known are {', '.join(_FRAMES)}."
        )
    return kind(**_fields_from_wire(kind, wire, _FRAME_DECODERS))


def frame_or_none(wire: object) -> Frame | None:
    """Convert data from outside to a frame. Data that is not a frame is logged, and the result is `None`."""
    try:
        return from_wire(wire)
    except ProtocolError as error:
        log.debug("Ignored a message: %s", error)
        return None
