"""Columns of the tables that an output is shown as."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.output.columns import columns_of, fields_of

CITY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "area": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "name": {"type": "string"},
        "people": {"type": "integer"},
    },
    "required": ["name", "people"],
}
COLUMNS = [["name", 0], ["people", 1], ["area", 1]]
DEFS = {"$defs": {"City": CITY}}


@pytest.mark.parametrize(
    ("schema", "columns"),
    [
        ({"type": "array", "items": CITY}, {"": COLUMNS}),
        ({"type": "array", "items": {"$ref": "#/$defs/City"}, **DEFS}, {"": COLUMNS}),
        (
            {
                "type": "object",
                "properties": {
                    "at": {"type": "object", "properties": {"cities": {"type": "array", "items": CITY}}},
                    "note": True,
                },
            },
            {"at.cities": COLUMNS},
        ),
        (
            {"properties": {"more": {"anyOf": [{"type": "array", "items": CITY}, {"type": "null"}]}}},
            {"more": COLUMNS},
        ),
        ({"type": "array", "items": {"type": "string"}}, {}),
        ({"type": "array"}, {}),
        ({"properties": 3}, {}),
        ({"properties": {"a": {"$ref": "#"}}}, {}),
        (None, {}),
    ],
)
def test_each_list_of_objects_has_its_columns_those_that_are_required_first(
    schema: Any, columns: dict[str, Any]
) -> None:
    assert columns_of(schema) == columns


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        (CITY, ["area", "name", "people"]),
        ({"$ref": "#/$defs/City", **DEFS}, ["area", "name", "people"]),
        ({"type": "string"}, []),
        ({"type": "array", "items": CITY}, []),
        (None, []),
    ],
)
def test_an_object_has_fields(schema: Any, fields: list[str]) -> None:
    assert fields_of(schema) == fields
