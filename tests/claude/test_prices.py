"""Tests of prices: the cost of a request by the API's counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.models import DEMO_MODEL
from nbstream.claude.prices import LIST_PRICES, Price, Prices, cost_of, price_of, price_of_answer, prices

PRICE = Price(5, 25)
M = 1_000_000


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({}, 0),
        ({"input_tokens": M}, 5),
        ({"output_tokens": M}, 25),
        ({"cache_read_input_tokens": M}, 0.5),
        ({"cache_creation_input_tokens": M}, 6.25),
        ({"cache_creation_input_tokens": M, "cache_creation": {"ephemeral_1h_input_tokens": M}}, 10),
        ({"cache_creation": {"ephemeral_1h_input_tokens": M, "ephemeral_5m_input_tokens": M}}, 16.25),
        ({"input_tokens": M, "cache_read_input_tokens": None, "cache_creation": None, "server_tool_use": None}, 5),
        ({"server_tool_use": {"web_search_requests": 100, "web_fetch_requests": 100}}, 1),
        ({"input_tokens": M, "output_tokens": M, "service_tier": "batch"}, 15),
        ({"input_tokens": M, "service_tier": "priority", "inference_geo": "global", "speed": "standard"}, 5),
        ({"input_tokens": M, "inference_geo": "us", "server_tool_use": {"web_search_requests": 1000}}, 15.5),
    ],
)
def test_each_kind_of_token_has_its_price(usage: dict[str, Any], dollars: float) -> None:
    assert cost_of(usage, PRICE) == pytest.approx(dollars)


def test_a_price_may_have_rates_of_its_own_for_the_cache() -> None:
    price = Price(10, 50, cache_read=0.25, cache_write=0, cache_write_1h=1)
    usage = {
        "cache_read_input_tokens": M,
        "cache_creation_input_tokens": 2 * M,
        "cache_creation": {"ephemeral_1h_input_tokens": M},
    }
    assert cost_of(usage, price) == pytest.approx(1.25)


@pytest.mark.parametrize("kind", ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"])
def test_a_long_prompt_costs_another_price_from_its_first_token_on(kind: str) -> None:
    price = Price(1, 10, 1, 1, long=(100_000, Price(5, 50, 5, 5)))
    assert cost_of({kind: 100_000, "output_tokens": M}, price) == pytest.approx(10.1)
    assert cost_of({kind: 100_001, "output_tokens": M}, price) == pytest.approx(50.500005)


def test_a_request_without_a_known_price_has_no_cost() -> None:
    assert cost_of({"input_tokens": 1}, None) is None
    assert cost_of({"input_tokens": 1, "speed": "fast"}, PRICE) is None


COUNT = st.integers(0, 10**9)
USAGE = st.fixed_dictionaries(
    {},
    optional={
        "input_tokens": COUNT,
        "output_tokens": COUNT,
        "cache_read_input_tokens": COUNT | st.none(),
        "cache_creation_input_tokens": COUNT | st.none(),
        "cache_creation": st.fixed_dictionaries({"ephemeral_1h_input_tokens": COUNT}) | st.none(),
        "server_tool_use": st.fixed_dictionaries({"web_search_requests": COUNT}) | st.none(),
        "service_tier": st.sampled_from(["standard", "priority", "batch", None]),
    },
)


@given(USAGE, st.sampled_from(sorted(LIST_PRICES)), COUNT)
def test_more_tokens_never_cost_less_and_no_cost_is_negative(usage: dict[str, Any], model: str, more: int) -> None:
    cost = cost_of(usage, LIST_PRICES[model])
    dearer = cost_of({**usage, "output_tokens": usage.get("output_tokens", 0) + more}, LIST_PRICES[model])
    assert cost is not None
    assert dearer is not None
    assert 0 <= cost <= dearer


@pytest.mark.parametrize(
    ("model", "like"),
    [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("claude-opus-4-8-20260528", "claude-opus-4-8"),
        ("claude-haiku-4-5-latest", "claude-haiku-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
    ],
)
def test_a_dated_name_costs_what_its_model_costs(model: str, like: str) -> None:
    assert price_of(model, LIST_PRICES) is LIST_PRICES[like]


@pytest.mark.parametrize(
    "model",
    [
        "",
        "claude-opus-4",
        "claude-opus-4-8-9",
        "claude-opus-4-80",
        "claude-opus-4-8-fast",
        "claude-opus-4-8@20260528",
        "anthropic.claude-opus-4-8-v1:0",
        "us.anthropic.claude-opus-4-8",
        "Claude-Opus-4-8",
        "claude-demo",
        "-20260528",
    ],
)
def test_an_unknown_name_has_no_price(model: str) -> None:
    assert price_of(model, LIST_PRICES) is None


def test_a_dated_name_may_have_a_price_of_its_own() -> None:
    own = Price(1, 2)
    assert price_of("m-20260101", {"m": PRICE, "m-20260101": own}) is own


OWN = Price(7, 7)
OPUS = "claude-opus-4-8"


@pytest.mark.parametrize(
    ("asked", "answered", "like"),
    [
        # Before the answer, and from a gateway that names no model.
        (OPUS, "", OPUS),
        (OPUS, f"{OPUS}-20260528", OPUS),
        # Another model answers, or one that nobody here knows.
        (OPUS, "claude-haiku-4-5", "claude-haiku-4-5"),
        (OPUS, "llama3", None),
        ("newest", "claude-haiku-4-5", "claude-haiku-4-5"),
        # The same model on another platform has another price.
        (f"anthropic.{OPUS}-v1:0", OPUS, None),
        (f"{OPUS}@20260528", OPUS, None),
        # The user knows what the answers to a name cost.
        ("mine", "claude-haiku-4-5", "mine"),
        ("mine", "llama3", "mine"),
    ],
)
def test_an_answer_has_the_price_of_the_model_that_answered(asked: str, answered: str, like: str | None) -> None:
    table = Prices({**LIST_PRICES, "mine": OWN})
    assert price_of_answer(asked, answered, table) is (None if like is None else table[like])


@pytest.mark.parametrize("asked", [OPUS, "mine", "any-name"])
def test_the_demo_costs_nothing_until_it_is_given_a_price(asked: str) -> None:
    table = Prices({**prices, "mine": OWN})
    assert cost_of({"input_tokens": 9, "output_tokens": 9}, price_of_answer(asked, DEMO_MODEL, table)) == 0
    table[DEMO_MODEL] = OWN
    assert price_of_answer(asked, DEMO_MODEL, table) is OWN
