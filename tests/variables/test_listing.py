"""The list of variables."""

from __future__ import annotations

import json
import time

import pandas

import nbstream
from nbstream.variables.listing import MAX_LISTED, is_data, list_variables


class Untouchable:
    """A value of which nothing but its type may be looked at."""

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(name)

    def __repr__(self) -> str:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    __hash__ = None  # type: ignore[assignment]


def test_names_that_begin_with_the_text_come_first() -> None:
    variables = {"old_df": 1, "DF2": pandas.DataFrame({"a": [1]}), "df": "abc", "other": 2}
    found = list_variables("Df", variables)
    assert found.names == ("df", "DF2", "old_df")
    assert found.types == ("str, 3 characters", "pandas.DataFrame, 1 × 1", "int")
    assert found.more == 0
    assert list_variables("", variables).names == ("df", "DF2", "old_df", "other")
    assert list_variables("x", variables).names == ()


def test_code_is_no_data() -> None:
    code = [json, json.dumps, len, Untouchable, [].append, nbstream.Price(input=1, output=1)]
    assert [is_data(value) for value in code] == [False] * len(code)
    assert [is_data(value) for value in (1, None, {}, Untouchable())] == [True] * 4


def test_no_code_of_a_value_runs() -> None:
    found = list_variables("", {"odd": Untouchable()})
    assert found.types[0].endswith("Untouchable")


def test_of_thousands_the_first_are_listed_in_little_time() -> None:
    variables = {f"v{number:05}": Untouchable() for number in range(20_000)}
    begin = time.process_time()
    found = list_variables("v", variables)
    assert time.process_time() - begin < 1
    assert len(found.names) == len(found.types) == MAX_LISTED
    assert found.names[0] == "v00000"
    assert found.more == 20_000 - MAX_LISTED
    assert list_variables("19999", variables).names == ("v19999",)
