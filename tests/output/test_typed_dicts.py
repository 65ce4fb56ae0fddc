"""`typing.TypedDict` for pydantic."""

from __future__ import annotations

from typing import NotRequired, TypedDict

import pydantic
import typing_extensions

from nbstream.output.typed_dicts import readable_by_pydantic


class Base(TypedDict, total=False):
    note: str


class City(Base):
    """A city."""

    name: str
    people: NotRequired[int]


class Country(TypedDict):
    cities: list[City]


def test_optional_and_nested_fields_stay_as_they_are() -> None:
    adapter = pydantic.TypeAdapter(readable_by_pydantic(list[Country]))
    schema = adapter.json_schema()
    assert schema["$defs"]["City"]["required"] == ["name"]
    assert schema["$defs"]["City"]["description"] == "A city."
    assert schema["$defs"]["City"]["properties"].keys() == {"note", "name", "people"}
    assert adapter.validate_python([{"cities": [{"name": "Lima"}]}]) == [{"cities": [{"name": "Lima"}]}]


def test_other_types_are_returned_as_they_are() -> None:
    class Known(typing_extensions.TypedDict):
        name: str

    for wanted in (int, Known, int | None):
        assert readable_by_pydantic(wanted) is wanted
    assert readable_by_pydantic(tuple[int, str]) == tuple[int, str]
