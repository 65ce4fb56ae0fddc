"""State of a reply: what changes with its status, and its usage over several requests."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.ops import ReplyStatusChanged, Status
from nbstream.core.reply import END_NOTES, LEFT_OUT_NOTE, Reply, sum_usage


def test_a_change_says_everything_that_is_known_and_nothing_of_before() -> None:
    reply = Reply(began=1.0)
    failed = reply.change(Status.FAILED, 2.0, {"error": "No.", "is_left_out": True, "cause": "context_full"})
    assert failed == ReplyStatusChanged(
        Status.FAILED, 2.0, error="No.", note=LEFT_OUT_NOTE, is_left_out=True, cause="context_full"
    )
    assert reply.change(Status.WAITING, 3.0, {}) == ReplyStatusChanged(Status.WAITING, 3.0)
    assert (reply.began, reply.ended, reply.error, reply.cause) == (3.0, None, None, None)
    stopped = reply.change(Status.STOPPED, 4.0, {"stop_reason": "user", "context_percent": 61})
    assert (stopped.note, stopped.context_percent) == (END_NOTES["user"], 61)


def test_the_cost_is_that_of_all_attempts() -> None:
    reply = Reply()
    for cost, total in ((0.25, 0.25), (0.5, 0.75)):
        assert reply.change(Status.STREAMING, 1.0, {"cost": 0.125}).cost == total - cost + 0.125
        assert reply.change(Status.STOPPED, 2.0, {"cost": cost}).cost == total
        assert reply.change(Status.WAITING, 3.0, {}).cost == total
    assert reply.change(Status.FAILED, 4.0, {"error": "It was not sent."}).cost == 0.75
    assert Reply().change(Status.FAILED, 4.0, {}).cost is None


def test_a_cost_with_an_attempt_that_has_no_price_is_not_known() -> None:
    reply = Reply()
    reply.change(Status.STOPPED, 1.0, {"usage": {"input_tokens": 1}, "cost": 0.25})
    assert reply.change(Status.WAITING, 2.0, {}).cost == 0.25
    assert reply.change(Status.STOPPED, 3.0, {"usage": {"input_tokens": 1}}).cost is None
    reply.change(Status.WAITING, 4.0, {})
    assert reply.change(Status.DONE, 5.0, {"usage": {"input_tokens": 1}, "cost": 0.25}).cost is None


COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 99))
USAGES = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 99)).flatmap(
    lambda counts: COUNTS.map(lambda inner: {**counts, "inner": inner})
)


def test_nested_counts_are_added_too() -> None:
    before = {"input_tokens": 1, "cache_creation": {"ephemeral_5m_input_tokens": 5}, "service_tier": "standard"}
    usage = {"input_tokens": 2, "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 1}}
    assert sum_usage(before, usage) == {
        "input_tokens": 3,
        "cache_creation": {"ephemeral_5m_input_tokens": 12, "ephemeral_1h_input_tokens": 1},
        "service_tier": "standard",
    }


def test_other_values_come_from_the_later_usage_unless_it_has_none() -> None:
    assert sum_usage({"service_tier": "standard"}, {"service_tier": "batch"}) == {"service_tier": "batch"}
    assert sum_usage({"server_tool_use": {"a": 1}}, {"server_tool_use": None}) == {"server_tool_use": {"a": 1}}
    assert sum_usage({"server_tool_use": None}, {"server_tool_use": {"a": 1}}) == {"server_tool_use": {"a": 1}}


@given(USAGES, USAGES, USAGES)
def test_the_order_of_additions_does_not_matter(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    assert sum_usage(sum_usage(a, b), c) == sum_usage(a, sum_usage(b, c))
    assert sum_usage(a, b) == sum_usage(b, a)
    assert sum_usage({}, a) == sum_usage(a, {}) == a
