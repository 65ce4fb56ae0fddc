"""The check of a value against a JSON schema."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.output.schema_check import misfits, resolve

CITY = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 3),
        ({"type": "integer"}, 3.0),
        ({"type": "number"}, 3),
        ({"type": ["string", "null"]}, None),
        ({"enum": ["a", 1]}, "a"),
        ({"const": True}, True),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "x"),
        ({"allOf": [{"type": "string"}, {"minLength": 1}]}, "x"),
        ({"$ref": "#/$defs/City", "$defs": {"City": CITY}}, {"name": "x", "more": 1}),
        ({"type": "array", "items": CITY, "minItems": 1}, [{"name": "x"}]),
        ({"type": "kind_of_2030"}, "x"),
        ({"properties": "x", "items": 3}, {"a": 1}),
        ({}, object()),
    ],
)
def test_a_value_that_fits_has_no_misfits(schema: dict[str, Any], value: Any) -> None:
    assert misfits(value, schema) == {}


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        ({"type": "integer"}, "x", {"": "it is 'x', and the type integer is needed"}),
        ({"type": "integer"}, True, {"": "it is True, and the type integer is needed"}),
        ({"type": ["string", "null"]}, 1, {"": "it is 1, and the type string or null is needed"}),
        ({"enum": ["a", 1]}, True, {"": "it is True, and one of ['a', 1] is needed"}),
        ({"const": "a"}, "b", {"": "it is 'b', and only 'a' fits"}),
        (
            {"oneOf": [{"type": "null"}, CITY]},
            {"name": 1},
            {"name": "it is 1, and the type string is needed"},
        ),
        ({"allOf": [{"type": "string"}]}, 1, {"": "it is 1, and the type string is needed"}),
        (
            {"type": "array", "items": {"$ref": "#/$defs/City"}, "$defs": {"City": CITY}},
            [{"name": "x"}, {}],
            {"[1].name": "it is missing"},
        ),
        ({**CITY, "additionalProperties": False}, {"name": "", "b": 1}, {"b": "the schema has no such field"}),
        ({"maximum": 3}, 4, {"": "it is 4, and at most 3 fits"}),
        ({"minLength": 3}, "ab", {"": "it is 2 characters long, and at least 3 is needed"}),
        ({"maxItems": 1}, [1, 2], {"": "it is 2 items long, and at most 1 fits"}),
    ],
)
def test_a_misfit_has_its_path_and_its_reason(schema: dict[str, Any], value: Any, found: dict[str, str]) -> None:
    assert misfits(value, schema) == found


def test_a_reference_around_a_circle_and_one_to_nothing_are_no_schema() -> None:
    root = {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}
    assert resolve({"$ref": "#/$defs/A"}, root) == {}
    assert resolve({"$ref": "#/$defs/C"}, root) == {}
    assert resolve({"$ref": "#"}, CITY) == CITY
