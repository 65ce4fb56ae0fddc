"""Tests of usage: the counts of the API, and the estimate for tokens that it has not counted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbstream
from nbstream.claude.prices import LIST_PRICES, Price, Prices, price_of
from nbstream.claude.usage import CHARS_PER_TOKEN, UsageMeter

PRICES = {"m": Price(1_000_000, 2_000_000, long=(100, Price(3_000_000, 0)))}


def test_nothing_is_used_before_a_request_begins() -> None:
    meter = UsageMeter("m")
    meter.add_text("x" * 100)
    assert meter.usage() == {}
    assert meter.cost(PRICES) == 0


def test_characters_are_estimated_until_the_api_counts_them() -> None:
    meter = UsageMeter("m")
    meter.record({"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": None})
    meter.add_text("x" * 2 * CHARS_PER_TOKEN)
    meter.add_text("x" * CHARS_PER_TOKEN)
    assert meter.usage() == {"input_tokens": 10, "output_tokens": 3}
    assert meter.cost(PRICES) == 16
    meter.record({"server_tool_use": {"web_search_requests": 0}})
    assert meter.usage()["output_tokens"] == 3
    meter.record({"output_tokens": 2})
    assert meter.usage() == {
        "input_tokens": 10,
        "output_tokens": 2,
        "server_tool_use": {"web_search_requests": 0},
    }


def test_each_request_is_priced_by_its_own_prompt() -> None:
    meter = UsageMeter("m")
    meter.record({"input_tokens": 60, "output_tokens": 0})
    meter.next_request()
    assert meter.usage() == {}
    meter.record({"input_tokens": 60, "output_tokens": 0})
    assert meter.cost(PRICES) == 120
    meter.next_request()
    meter.record({"input_tokens": 101})
    assert meter.cost(PRICES) == 120 + 303


def test_a_model_without_a_price_has_no_cost() -> None:
    assert UsageMeter("other").cost(PRICES) is None
    assert UsageMeter().cost(PRICES) is None


@given(st.lists(st.integers(0, 500)), st.integers(0, 100))
def test_the_estimate_only_grows_and_is_never_below_the_apis_count(pieces: list[int], said: int) -> None:
    meter = UsageMeter("m")
    meter.record({"input_tokens": 1, "output_tokens": said})
    before = meter.usage()["output_tokens"]
    for piece in pieces:
        meter.add_text("x" * piece)
        after = meter.usage()["output_tokens"]
        assert before <= after
        before = after
    assert before == max(said, sum(pieces) // CHARS_PER_TOKEN)


@pytest.mark.parametrize("count", [None, 0])
def test_a_missing_count_is_zero(count: int | None) -> None:
    meter = UsageMeter("m")
    meter.record({"input_tokens": 5, "output_tokens": count})
    assert meter.usage()["output_tokens"] == 0


def test_a_table_of_prices_is_extended_without_changing_the_list() -> None:
    table = Prices(LIST_PRICES)
    table["my-model"] = nbstream.Price(3, 15)
    assert price_of("my-model", table) == nbstream.Price(3, 15)
    assert set(table) == {*LIST_PRICES, "my-model"}
    assert len(table) == len(LIST_PRICES) + 1
    del table["my-model"]
    assert dict(table) == LIST_PRICES
    assert "my-model" not in LIST_PRICES
    assert "claude-opus-4-8" in repr(table)


def test_the_package_has_one_table_of_prices() -> None:
    from nbstream.claude.prices import prices

    assert nbstream.prices is prices
    assert prices["claude-opus-4-8"] == nbstream.Price(5, 25)


@pytest.mark.parametrize(("model", "price"), [("m", 3), ("m", (3, 15)), ("m", None), (3, nbstream.Price(3, 15))])
def test_a_value_that_is_no_price_is_refused_with_an_example(model: Any, price: Any) -> None:
    table = Prices({})
    with pytest.raises(TypeError, match=r"nbstream\.Price\(input=3, output=15\)"):
        table[model] = price
    assert not table


def test_attempts_are_counted_for_each_request_and_refused_ones_are_taken_back() -> None:
    meter = UsageMeter("m")
    meter.attempt_sent()
    meter.attempt_sent()
    meter.attempt_refused()
    meter.record({"input_tokens": 1})
    assert meter.requests[0].unanswered_attempts == 0
    meter.next_request()
    meter.attempt_sent()
    meter.attempt_sent()
    assert [request.unanswered_attempts for request in meter.requests] == [0, 2]
    meter.record({"input_tokens": 1})
    assert meter.requests[1].unanswered_attempts == 1


def test_a_request_is_complete_once_its_last_count_has_come() -> None:
    meter = UsageMeter("m")
    meter.record({"input_tokens": 10, "output_tokens": 1})
    meter.add_text("жы")
    request = meter.requests[0]
    assert (request.is_complete, request.uncounted_chars, request.uncounted_bytes) == (False, 2, 4)
    meter.record({"output_tokens": None}, is_complete=True)
    assert not request.is_complete
    meter.record({"output_tokens": 3}, is_complete=True)
    assert (request.is_complete, request.uncounted_bytes) == (True, 0)


def test_each_request_is_priced_by_the_model_that_answered_it() -> None:
    table = {**LIST_PRICES, "m": Price(1_000_000, 0)}
    meter = UsageMeter("claude-opus-4-8")
    meter.begin_answer("claude-haiku-4-5")
    meter.record({"input_tokens": 1_000_000})
    assert meter.cost(table) == meter.budgeted_cost(table) == LIST_PRICES["claude-haiku-4-5"].input
    assert meter.rate(table) == LIST_PRICES["claude-haiku-4-5"].output / 1_000
    meter.next_request()
    meter.begin_answer(None)
    meter.record({"input_tokens": 1_000_000})
    assert meter.cost(table) == 1 + 5


def test_an_answer_without_a_price_counts_towards_a_budget_as_the_model_that_was_asked() -> None:
    meter = UsageMeter("claude-opus-4-8")
    meter.begin_answer("llama3")
    meter.record({"input_tokens": 1_000_000})
    assert meter.cost(LIST_PRICES) is meter.rate(LIST_PRICES) is None
    assert meter.budgeted_cost(LIST_PRICES) == 5
    assert UsageMeter("llama3").budgeted_cost(LIST_PRICES) == 0
