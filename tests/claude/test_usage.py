"""What a reply uses, as the API counts it and as it is estimated before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbstream
from nbstream.claude.prices import LIST, Price, Prices, price_of
from nbstream.claude.usage import CHARACTERS_A_TOKEN, UsageMeter

PRICES = {"m": Price(1_000_000, 2_000_000, long=(100, Price(3_000_000, 0)))}


def test_before_it_began_nothing_was_used() -> None:
    bill = UsageMeter("m")
    bill.add(100)
    assert bill.usage() == {}
    assert bill.cost(PRICES) == 0


def test_what_came_is_estimated_until_the_api_counts_it() -> None:
    bill = UsageMeter("m")
    bill.count({"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": None})
    bill.add(2 * CHARACTERS_A_TOKEN)
    bill.add(CHARACTERS_A_TOKEN)
    assert bill.usage() == {"input_tokens": 10, "output_tokens": 3}
    assert bill.cost(PRICES) == 16
    bill.count({"server_tool_use": {"web_search_requests": 0}})
    assert bill.usage()["output_tokens"] == 3
    bill.count({"output_tokens": 2})
    assert bill.usage() == {
        "input_tokens": 10,
        "output_tokens": 2,
        "server_tool_use": {"web_search_requests": 0},
    }


def test_each_request_is_priced_by_its_own_prompt() -> None:
    bill = UsageMeter("m")
    bill.count({"input_tokens": 60, "output_tokens": 0})
    bill.next()
    assert bill.usage() == {}
    bill.count({"input_tokens": 60, "output_tokens": 0})
    assert bill.cost(PRICES) == 120
    bill.next()
    bill.count({"input_tokens": 101})
    assert bill.cost(PRICES) == 120 + 303


def test_a_model_without_a_price_has_no_cost() -> None:
    assert UsageMeter("other").cost(PRICES) is None
    assert UsageMeter().cost(PRICES) is None


@given(st.lists(st.integers(0, 500)), st.integers(0, 100))
def test_the_estimate_only_grows_and_is_never_below_what_the_api_said(pieces: list[int], said: int) -> None:
    bill = UsageMeter("m")
    bill.count({"input_tokens": 1, "output_tokens": said})
    before = bill.usage()["output_tokens"]
    for piece in pieces:
        bill.add(piece)
        after = bill.usage()["output_tokens"]
        assert before <= after
        before = after
    assert before == max(said, sum(pieces) // CHARACTERS_A_TOKEN)


@pytest.mark.parametrize("count", [None, 0])
def test_a_count_that_is_open_is_nothing(count: int | None) -> None:
    bill = UsageMeter("m")
    bill.count({"input_tokens": 5, "output_tokens": count})
    assert bill.usage()["output_tokens"] == 0


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
    from nbstream.claude.prices import prices

    assert nbstream.prices is prices
    assert prices["claude-opus-4-8"] == nbstream.Price(5, 25)


@pytest.mark.parametrize(("model", "price"), [("m", 3), ("m", (3, 15)), ("m", None), (3, nbstream.Price(3, 15))])
def test_what_is_no_price_is_refused_when_it_is_set(model: Any, price: Any) -> None:
    table = Prices({})
    with pytest.raises(TypeError, match=r"nbstream\.Price\(input=3, output=15\)"):
        table[model] = price
    assert not table
