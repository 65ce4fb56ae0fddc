"""Short texts of values: the beginning of `repr`, whatever the size of the value."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.short_repr import short_repr


@pytest.mark.parametrize(
    "value", [None, True, 12, 1.5, "text", "\"'\n", b"bytes", [1, {"a": "b"}], (), {}, {"a": []}]
)
def test_a_short_value_is_shown_as_repr_shows_it(value: Any) -> None:
    assert short_repr(value, 60) == repr(value)


@given(st.text(min_size=50), st.integers(1, 40))
def test_a_long_text_is_cut_as_a_format_would(text: str, max_chars: int) -> None:
    shown = short_repr(text, max_chars)
    assert len(shown) == max_chars
    assert shown[1:] == repr(text[:max_chars])[1:max_chars]


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000_000,
        ["x" * 100_000] * 100,
        {str(number): number for number in range(400_000, 0, -1)},
        [[[["x"] * 100_000] * 100] * 100] * 100,
        b"x" * 10_000_000,
    ],
)
def test_the_size_of_a_value_costs_nothing(value: Any) -> None:
    began = time.process_time()
    for _ in range(20):
        assert len(short_repr(value, 100)) <= 100
    assert time.process_time() - began < 0.5


def test_objects_inside_objects_are_shown_to_a_depth() -> None:
    value: Any = {}
    for _ in range(9):
        value = {"a": value}
    assert short_repr(value, 200) == "{'a': " * 6 + "{...}" + "}" * 6
