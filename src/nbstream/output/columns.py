"""Columns of the tables that an output is shown as, by its JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .schema_check import resolve

Column = list[Any]
"""The name of a field, and 1 if it holds numbers, otherwise 0."""

MAX_DEPTH = 8
"""The deepest list that gets columns. A recursive schema has no end, and a page shows no deeper table."""


def columns_of(schema: object) -> dict[str, list[Column]]:
    """Return the columns of each list of objects in a value of this schema, by the list's path.

    The path of a list within objects is that of its names, as in `country.cities`; at the root it is empty.
    """
    if not isinstance(schema, Mapping):
        return {}
    return dict(_lists(schema, schema, (), MAX_DEPTH))


def fields_of(schema: object) -> list[str]:
    """Return the names of the fields of an object with this schema; none for a value of another kind."""
    return list(_properties(_plain(schema, schema))) if isinstance(schema, Mapping) else []


def _lists(
    schema: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...], depth: int
) -> Iterator[tuple[str, list[Column]]]:
    schema = _plain(schema, root)
    if depth == 0:
        return
    if schema.get("type") == "array":
        items = _plain(schema.get("items"), root)
        if properties := _properties(items):
            yield (
                ".".join(path),
                [[name, _is_number(member, root)] for name, member in _in_order(items, properties)],
            )
        return
    for name, member in _properties(schema).items():
        if isinstance(member, Mapping):
            yield from _lists(member, root, (*path, name), depth - 1)


def _plain(schema: object, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema without its reference, and of an optional value the schema of the value."""
    if not isinstance(schema, Mapping):
        return {}
    schema = resolve(schema, root)
    variants = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(variants, list):
        present = [
            variant for variant in variants if isinstance(variant, Mapping) and variant.get("type") != "null"
        ]
        if len(present) == 1:
            return resolve(present[0], root)
    return schema


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _in_order(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the properties in the order in which the API writes them: those that are required come first."""
    required = schema.get("required") or ()
    return sorted(properties.items(), key=lambda item: item[0] not in required)


def _is_number(schema: object, root: Mapping[str, Any]) -> int:
    return int(_plain(schema, root).get("type") in ("integer", "number"))
