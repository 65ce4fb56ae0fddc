"""Tests of a price: it refuses values that no price can have."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.claude.price import Price


def test_a_price_may_be_zero_and_have_another_for_long_prompts() -> None:
    price = Price(0, 15, cache_write=0, long=(100_000, Price(5, 50)))
    assert (price.input, price.cache_read, price.long) == (0, None, (100_000, Price(5, 50)))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"input": -1, "output": 1}, ValueError),
        ({"input": 1, "output": float("nan")}, ValueError),
        ({"input": 1, "output": float("inf")}, ValueError),
        ({"input": "3", "output": 1}, TypeError),
        ({"input": None, "output": 1}, TypeError),
        ({"input": True, "output": 1}, TypeError),
        ({"input": 1, "output": 1, "cache_write": "x"}, TypeError),
        ({"input": 1, "output": 1, "long": 100_000}, TypeError),
        ({"input": 1, "output": 1, "long": (100_000, 5)}, TypeError),
    ],
)
def test_an_impossible_price_is_refused_with_advice(values: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"Price\("):
        Price(**values)
