"""Made-up values for the demo."""

from __future__ import annotations

import enum
from typing import Any, Literal

import pydantic
import pytest

from nbstream.claude.demo_value import sample_value
from nbstream.output.output_format import OutputFormat


class Size(enum.Enum):
    BIG = "big"
    SMALL = "small"


class City(pydantic.BaseModel):
    name: str
    people: int
    area: float | None
    founded: str = pydantic.Field(json_schema_extra={"format": "date"})
    size: Size
    kind: Literal["port", "inland"]
    is_capital: bool
    tags: list[str]


class Node(pydantic.BaseModel):
    children: list[Node]
    other: Node | None


@pytest.mark.parametrize(
    "wanted", [City, list[City], Size, Literal["x"], list[list[int]], Node, str, bool | None], ids=str
)
def test_a_value_fits_its_schema_and_is_always_the_same(wanted: Any) -> None:
    format_ = OutputFormat.of(wanted)
    value = sample_value(format_["schema"])
    assert sample_value(format_["schema"]) == value
    pydantic.TypeAdapter(wanted).validate_python(value)


def test_texts_have_their_formats_and_options_take_turns() -> None:
    rows = sample_value(OutputFormat.of(list[City])["schema"])
    assert rows[0]["founded"].startswith("2026-11-")
    assert {row["kind"] for row in rows} == {"port", "inland"}
    assert rows[0]["name"].startswith("Name ")


@pytest.mark.parametrize("schema", [{}, {"$ref": "#/$defs/X"}, {"type": "kind_of_2030"}, {"$ref": "#"}])
def test_a_schema_that_says_nothing_has_no_value(schema: dict[str, Any]) -> None:
    assert sample_value(schema) is None
