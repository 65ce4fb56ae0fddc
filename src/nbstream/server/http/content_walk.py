"""Walk over all items of a request. It is used to count characters and to estimate tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from ...core.turn import is_call


class Place(Enum):
    """The place of an item in a request. It decides how the item is counted."""

    CONTENT = auto()
    """The item is in none of the places below. Claude reads it as it is."""
    FIELD_NAME = auto()
    """The item is the name of a field in a JSON object."""
    CALL_FIELD = auto()
    """The item is inside a tool call. Claude reads everything in a call as text, even if it looks like a file."""
    FILE_SOURCE = auto()
    """The item is inside the source of an image or a PDF. The tokens of such a file are estimated as a whole."""
    FILE_BYTES = auto()
    """The item is the base64 text of a file, inside the source of an image or a PDF."""
    LOOSE_BYTES = auto()
    """The item is a base64 text that is not inside the source of an image or a PDF."""


BASE64 = (Place.FILE_BYTES, Place.LOOSE_BYTES)
"""The places of base64 texts."""

Item = tuple[Any, Place, int]
"""An item (a text, a name, a number, a list or an object), its place, and its level, counted from 1."""


def walk_content(values: Iterable[Any]) -> Iterator[Item]:
    """Yield every item of a request once, level by level, at any depth.

    The walk is not recursive, so a deeply nested request cannot overflow the stack. Items are plain tuples and not
    objects of a class, because a question may have 40,000 items, and creating objects would block the loop for
    longer.

    Args:
        values: Messages, system prompts, tools, or anything else that is sent as JSON.

    Yields:
        Each item with its place and its level. The items of `values` are at level 1.
    """
    level = 1
    groups: list[tuple[Iterable[Any], Place]] = [(values, Place.CONTENT)]
    while groups:
        deeper: list[tuple[Iterable[Any], Place]] = []
        for items, place in groups:
            for item in items:
                yield item, place, level
                if isinstance(item, list):
                    deeper.append((item, place))
                elif isinstance(item, dict):
                    deeper.append((item, Place.FIELD_NAME))
                    deeper += _fields(item, place)
        groups = deeper
        level += 1


def type_of(item: Mapping[str, Any]) -> str:
    """Return the `type` of a block or a source; an empty text if it has none."""
    named = item.get("type")
    return named if isinstance(named, str) else ""


def is_file_source(source: object) -> bool:
    """Whether a block's source is a file, which is in the request or is fetched by the API, and not a text."""
    return isinstance(source, dict) and source.get("type") in ("base64", "url")


def _fields(item: dict[str, Any], place: Place) -> list[tuple[Iterable[Any], Place]]:
    kind = type_of(item)
    if place is Place.CALL_FIELD or is_call(kind):
        return [(item.values(), Place.CALL_FIELD)]
    places = {}
    if kind == "base64" and isinstance(item.get("data"), str):
        places["data"] = Place.FILE_BYTES if place is Place.FILE_SOURCE else Place.LOOSE_BYTES
    if place is Place.CONTENT and is_file_source(item.get("source")):
        places["source"] = Place.FILE_SOURCE
    if not places:
        return [(item.values(), place)]
    return [([value], places.get(name, place)) for name, value in item.items()]
