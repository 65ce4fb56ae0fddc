"""`nbstream.prices`: the list, and what a reader adds to it."""

from __future__ import annotations

from typing import Any

import pytest

import nbstream
from nbstream.core.prices import LIST, price_of
from nbstream.pricing import Prices


def test_it_begins_with_the_list_and_is_extended_without_changing_it() -> None:
    table = Prices(LIST)
    table["my-model"] = nbstream.Price(3, 15)
    assert price_of("my-model", table) == nbstream.Price(3, 15)
    assert set(table) == {*LIST, "my-model"}
    assert len(table) == len(LIST) + 1
    del table["my-model"]
    assert dict(table) == LIST
    assert "my-model" not in LIST
    assert "claude-opus-4-8" in repr(table)


def test_the_packages_table_is_one_for_all() -> None:
    from nbstream.pricing import prices

    assert nbstream.prices is prices
    assert prices["claude-opus-4-8"] == nbstream.Price(5, 25)


@pytest.mark.parametrize(("model", "price"), [("m", 3), ("m", (3, 15)), ("m", None), (3, nbstream.Price(3, 15))])
def test_what_is_no_price_is_refused_when_it_is_set(model: Any, price: Any) -> None:
    table = Prices({})
    with pytest.raises(TypeError, match=r"nbstream\.Price\(input=3, output=15\)"):
        table[model] = price
    assert not table
