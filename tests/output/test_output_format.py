"""The types that a reply can be held to: their schemas, their values, and what is refused."""

from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, Literal, TypedDict

import pydantic
import pytest

from nbstream.output.output_error import OutputError
from nbstream.output.output_format import OutputFormat, name_of


class City(pydantic.BaseModel):
    name: str
    people: Annotated[int, pydantic.Field(ge=1)]
    area: float | None = None


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Label(TypedDict):
    """A label."""

    text: str


class Size(enum.Enum):
    BIG = "big"
    SMALL = "small"


class Broken(pydantic.BaseModel):
    name: str

    @pydantic.field_validator("name")
    @classmethod
    def look_up(cls, _: str) -> str:
        raise KeyError("x")


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("wanted", "text", "value"),
    [
        (City, '{"name": "Lima", "people": 5}', City(name="Lima", people=5)),
        (list[City], '[{"name": "Lima", "people": 5}]', [City(name="Lima", people=5)]),
        (Point, '{"x": 1}', Point(1)),
        (Label, '{"text": "x"}', {"text": "x"}),
        (list[Label], '[{"text": "x"}]', [{"text": "x"}]),
        (Literal["yes", "no"], '"yes"', "yes"),
        (Size, '"big"', Size.BIG),
        (list[Size], '["big"]', [Size.BIG]),
        (list[int], "[1, 2]", [1, 2]),
        (str, '"x"', "x"),
        (int | None, "null", None),
        (SCHEMA, '{"a": 3}', {"a": 3}),
    ],
    ids=str,
)
def test_an_answer_becomes_a_value_of_the_type(wanted: Any, text: str, value: Any) -> None:
    format_ = OutputFormat.of(wanted)
    assert format_["type"] == "json_schema"
    assert format_.parse(text) == value
    assert OutputFormat.of(format_) is format_


def test_the_schema_is_in_the_form_that_the_api_takes() -> None:
    schema = OutputFormat.of(City)["schema"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["people"] == {
        "type": "integer",
        "title": "People",
        "description": "{minimum: 1}",
    }
    assert OutputFormat.of(SCHEMA)["schema"]["additionalProperties"] is False
    assert SCHEMA["properties"] == {"a": {"type": "integer", "minimum": 3}}


@pytest.mark.parametrize(
    ("wanted", "text", "said"),
    [
        (list[City], '[{"name": 5, "people": 1}]', r"not fit list\[City\]: \[0\]\.name: .*valid string, got 5"),
        (
            City,
            '{"people": 0}',
            r"not fit City: name: Field required; people: .*greater than or equal to 1, got 0",
        ),
        (City, "Sorry!", r"not fit City: the answer: Invalid JSON: .*got 'Sorry!'"),
        (Broken, '{"name": "x"}', r"not fit Broken: the answer: KeyError\('x'\)"),
        (SCHEMA, '{"a": 1}', "not fit the schema: a: it is 1, and at least 3 is needed"),
        (SCHEMA, "Sorry!", "not fit the schema: the answer: it is not JSON"),
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_is_an_error_with_each_field(wanted: Any, text: str, said: str) -> None:
    with pytest.raises(OutputError, match=said) as raised:
        OutputFormat.of(wanted).parse(text)
    assert raised.value.is_misfit


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("City", r"output is 'City'; give a pydantic model, dataclass, TypedDict, Literal, enum, list\[…\]"),
        (None, "output is None; give"),
        (len, "give a pydantic model"),
        (type("Plain", (), {}), r"output is Plain, of which no JSON schema can be made \(Unable to generate"),
        (list[Any], r"output is list\[Any\], which the Messages API cannot be asked for .* Give each field"),
        (dict[str, int], r"output is dict\[str, int\], in which it is a mapping with any keys"),
        (
            {"type": "object", "properties": {"x": {"anyOf": [{"type": "object", "additionalProperties": True}]}}},
            "output is the schema, in which x is a mapping",
        ),
        ({"a": 1}, "output is a JSON schema, which the Messages API cannot be asked for"),
    ],
    ids=str,
)
def test_a_type_of_which_no_schema_can_be_made_is_refused(wanted: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        OutputFormat.of(wanted)


def test_a_field_as_the_api_takes_it_is_read_too() -> None:
    format_ = OutputFormat.from_field({"type": "json_schema", "schema": SCHEMA})
    assert isinstance(format_, OutputFormat)
    assert format_ == {"type": "json_schema", "schema": SCHEMA}
    assert format_.parse('{"a": 3}') == {"a": 3}
    assert OutputFormat.from_field(format_) is format_
    other = {"type": "grammar_of_2030"}
    assert OutputFormat.from_field(other) is other


def test_types_are_named_as_they_are_written() -> None:
    names = [name_of(wanted) for wanted in (City, list[City], Literal["a"], int | None)]
    assert names == ["City", "list[City]", "Literal['a']", "int | None"]
