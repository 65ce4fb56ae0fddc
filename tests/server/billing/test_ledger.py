"""The ledger counts replies and dollars, by caller."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.server import Limits, Refused
from nbstream.server.billing.ledger import Ledger, Reserve, today

pytestmark = pytest.mark.anyio


async def reserve(ledger: Ledger, caller: str, usd: float) -> Reserve:
    reserved = await ledger.reserve(caller, usd)
    assert reserved is not None
    return reserved


def test_running_replies_are_limited_for_each_caller_and_for_all_together() -> None:
    ledger = Ledger(Limits(streams=3, streams_per_caller=2))
    for caller in ("a", "a", "b"):
        ledger.check_running(caller)
        ledger.begin_reply(caller)
    with pytest.raises(Refused, match="2 answers are running for you, and the limit is 2") as mine:
        ledger.check_running("a")
    with pytest.raises(Refused, match="3 answers are running here") as all_of_them:
        ledger.check_running("b")
    assert (mine.value.status, all_of_them.value.status) == (429, 503)
    ledger.end_reply("a")
    ledger.check_running("a")
    assert dict(ledger.running) == {"a": 1, "b": 1}


def test_replies_at_the_other_workers_count() -> None:
    ledger = Ledger(Limits(streams=4, streams_per_caller=2))
    ledger.running_elsewhere = {"a": 2, "c": 1}
    with pytest.raises(Refused, match="2 answers"):
        ledger.check_running("a")
    ledger.begin_reply("b")
    with pytest.raises(Refused, match="4 answers are running here"):
        ledger.check_running("b")


async def test_the_most_that_a_request_may_cost_is_reserved_while_it_runs() -> None:
    ledger = Ledger(Limits(dollars_per_day=1.0))
    first, second = await reserve(ledger, "a", 0.75), await reserve(ledger, "a", 0.25)
    assert await ledger.reserve("a", 0.01) is None
    with pytest.raises(Refused, match=r"about \$1, is spent.*midnight UTC"):
        await ledger.check_dollars("a")
    await ledger.check_dollars("b")
    ledger.settle(first, 0.125)
    assert ledger.remaining("a") == 0.625
    ledger.settle(second, 0.25)
    assert ledger.spent == {"a": 0.375}


async def test_each_day_has_its_own_dollars() -> None:
    days = ["2026-11-25"]
    ledger = Ledger(Limits(dollars_per_day=2.0), None, lambda: days[0])
    yesterdays = await reserve(ledger, "a", 1.5)
    days[0] = "2026-11-26"
    assert ledger.remaining("a") == 2.0
    ledger.settle(await reserve(ledger, "a", 1.0), 1.0)
    # What was reserved yesterday was paid for with the dollars of that day.
    ledger.settle(yesterdays, 0.25)
    assert ledger.remaining("a") == 1.0
    # A clock that is set back brings no day back.
    days[0] = "2026-11-25"
    assert ledger.remaining("a") == 1.0


async def test_without_a_limit_nothing_is_counted() -> None:
    ledger = Ledger(Limits())
    ledger.settle(await reserve(ledger, "a", 5.0), 0.0)
    await ledger.check_dollars("a")
    assert ledger.remaining("a") == math.inf
    assert ledger.spent == {}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20))
async def test_after_all_replies_only_their_costs_are_spent(replies: list[tuple[float, float]]) -> None:
    ledger = Ledger(Limits(dollars_per_day=100.0))
    running = [(await reserve(ledger, "a", most), most * share) for most, share in replies]
    assert ledger.remaining("a") == pytest.approx(100.0 - sum(most for most, _ in replies))
    for reserved, cost in reversed(running):
        ledger.settle(reserved, cost)
    assert ledger.remaining("a") == pytest.approx(100.0 - sum(cost for _, cost in running))


def test_a_day_is_one_of_utc() -> None:
    assert len(today()) == len("2026-11-25")
