"""Names and values of the columns of results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypedDict

import pytest
from pydantic import BaseModel, Field

from nbstream.batch.rows.result_columns import ResultColumns, plain_value
from nbstream.output.output_format import OutputFormat


class Colour(Enum):
    RED = "red"


class Label(BaseModel):
    label: Literal["spam", "ham"]
    colour: Colour = Colour.RED
    why: list[str] = Field(default=[], alias="because")


@dataclass
class Size:
    width: int
    colour: Colour


class Place(TypedDict):
    name: str
    size: Size


def columns(output: Any, *taken: str) -> ResultColumns:
    return ResultColumns(None if output is None else OutputFormat.of(output), taken)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (None, ["answer"]),
        (Literal["a", "b"], ["answer"]),
        (Colour, ["answer"]),
        (list[Size], ["answer"]),
        (Size, ["width", "colour"]),
        (Label, ["label", "colour", "because"]),
        (Place, ["name", "size"]),
    ],
)
def test_an_object_has_a_column_for_each_field_and_all_else_one(output: Any, names: list[str]) -> None:
    assert columns(output).names == names


def test_no_name_of_the_users_is_taken() -> None:
    assert columns(None, "answer", "answer_answer").names == ["answer_answer_answer"]
    assert columns(Label, "label", "text").names == ["label_answer", "colour", "because"]


def test_values_are_plain() -> None:
    assert columns(Label).values(Label(label="ham", because=["x"])) == ["ham", "red", ["x"]]
    place = {"name": "A", "size": Size(3, Colour.RED)}
    assert columns(Place).values(place) == ["A", {"width": 3, "colour": "red"}]
    assert columns(Colour).values(Colour.RED) == ["red"]
    assert columns(None).values("text") == ["text"]
    assert plain_value((1, {2})) == [1, [2]]


def test_a_row_without_a_result_has_missing_values() -> None:
    assert columns(Size).columns([None, Size(1, Colour.RED)]) == {"width": [None, 1], "colour": [None, "red"]}
