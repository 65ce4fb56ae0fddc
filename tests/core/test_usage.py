"""Counts of several requests, added up."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.usage import added

COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 99))
USAGES = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 99)).flatmap(
    lambda counts: COUNTS.map(lambda inner: {**counts, "inner": inner})
)


def test_counts_inside_of_counts_add_up_too() -> None:
    before = {"input_tokens": 1, "cache_creation": {"ephemeral_5m_input_tokens": 5}, "service_tier": "standard"}
    usage = {"input_tokens": 2, "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 1}}
    assert added(before, usage) == {
        "input_tokens": 3,
        "cache_creation": {"ephemeral_5m_input_tokens": 12, "ephemeral_1h_input_tokens": 1},
        "service_tier": "standard",
    }


def test_what_is_no_count_is_the_later_ones_unless_it_has_none() -> None:
    assert added({"service_tier": "standard"}, {"service_tier": "batch"}) == {"service_tier": "batch"}
    assert added({"server_tool_use": {"a": 1}}, {"server_tool_use": None}) == {"server_tool_use": {"a": 1}}
    assert added({"server_tool_use": None}, {"server_tool_use": {"a": 1}}) == {"server_tool_use": {"a": 1}}


@given(USAGES, USAGES, USAGES)
def test_the_order_of_adding_does_not_matter(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    assert added(added(a, b), c) == added(a, added(b, c))
    assert added(a, b) == added(b, a)
    assert added({}, a) == added(a, {}) == a
