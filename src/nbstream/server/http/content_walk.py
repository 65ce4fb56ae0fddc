"""Walk over everything in a request. One walk serves the limit of characters and the estimate of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from ...core.turn import is_call


class Place(Enum):
    """Where an item of a request stands, which decides how it is counted."""

    CONTENT = auto()
    """Claude reads the item as it stands."""
    FIELD_NAME = auto()
    """The name of an object's field."""
    CALL_FIELD = auto()
    """Inside a tool call. All of it is text to Claude, even if it looks like a file."""
    FILE_SOURCE = auto()
    """Inside the source of a file that is billed as a whole: an image, or the pages of a PDF."""
    FILE_BYTES = auto()
    """The bytes of a file, in base64, inside such a source."""
    LOOSE_BYTES = auto()
    """Bytes in base64 that no block has as its source."""


BASE64 = (Place.FILE_BYTES, Place.LOOSE_BYTES)
"""The places of bytes in base64."""

Item = tuple[Any, Place, int]
"""An item (a text, a name, a number, a list or an object), its place, and its level, counted from 1."""


def walk_content(values: Iterable[Any]) -> Iterator[Item]:
    """Yield every item of a request once, level by level, however deep it lies.

    There is no recursion, so depth costs no stack. Items are plain tuples, because a question may hold 40,000 of
    them, and objects of a class would take the loop's time.

    Args:
        values: Messages, system prompts, tools, or anything else that is sent as JSON.

    Yields:
        Each item with its place and its level. `values` themselves are at level 1.
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
    """Whether a block's source is a file, sent along or fetched by the API, and not text."""
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
