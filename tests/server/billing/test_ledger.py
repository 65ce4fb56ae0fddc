"""The ledger counts replies and dollars, by caller."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.server import Limits, Refused
from nbstream.server.billing.ledger import Ledger, OtherWorkers, today


def test_running_replies_are_limited_for_each_caller_and_for_all_together() -> None:
    ledger = Ledger(Limits(streams=3, streams_per_caller=2))
    running = []
    for caller in ("a", "a", "b"):
        ledger.check_limits(caller)
        running.append(ledger.reserve(caller, 1.0))
    with pytest.raises(Refused, match="2 answers are running for you, and the limit is 2") as mine:
        ledger.check_limits("a")
    with pytest.raises(Refused, match="3 answers are running here") as all_of_them:
        ledger.check_limits("b")
    assert (mine.value.status, all_of_them.value.status) == (429, 503)
    ledger.settle(running[0], 0.0)
    ledger.check_limits("a")
    assert dict(ledger.running) == {"a": 1, "b": 1}


def test_figures_of_the_other_workers_count() -> None:
    ledger = Ledger(Limits(streams=4, streams_per_caller=2, dollars_per_day=1.0))
    ledger.other_workers = OtherWorkers({"a": 2, "c": 1}, {"b": 0.75, "d": 1.5})
    with pytest.raises(Refused, match="2 answers"):
        ledger.check_limits("a")
    assert ledger.remaining("b") == 0.25
    with pytest.raises(Refused, match=r"about \$1, is spent"):
        ledger.check_limits("d")
    ledger.reserve("b", 0.1)
    with pytest.raises(Refused, match="4 answers are running here"):
        ledger.check_limits("b")


def test_the_most_that_a_reply_may_cost_is_reserved_while_it_runs() -> None:
    ledger = Ledger(Limits(dollars_per_day=1.0))
    first, second = ledger.reserve("a", 0.75), ledger.reserve("a", 0.25)
    with pytest.raises(Refused, match="midnight UTC"):
        ledger.check_limits("a")
    ledger.check_limits("b")
    ledger.settle(first, 0.125)
    assert ledger.remaining("a") == 0.625
    ledger.settle(second, 0.25)
    assert ledger.spent == {"a": 0.375}


def test_each_day_has_its_own_dollars() -> None:
    days = ["2026-11-25"]
    ledger = Ledger(Limits(dollars_per_day=2.0), lambda: days[0])
    yesterdays = ledger.reserve("a", 1.5)
    days[0] = "2026-11-26"
    assert ledger.remaining("a") == 2.0
    ledger.settle(ledger.reserve("a", 1.0), 1.0)
    # The reserve of yesterday ended with that day. The cost of the reply counts today.
    ledger.settle(yesterdays, 0.25)
    assert ledger.remaining("a") == 0.75
    # A clock that is set back brings no day back.
    days[0] = "2026-11-25"
    assert ledger.remaining("a") == 0.75


def test_without_a_limit_nothing_is_counted() -> None:
    ledger = Ledger(Limits())
    ledger.settle(ledger.reserve("a", 5.0), 3.0)
    assert ledger.remaining("a") is None
    assert ledger.spent == {}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_after_all_replies_only_their_costs_are_spent(replies: list[tuple[float, float]]) -> None:
    ledger = Ledger(Limits(dollars_per_day=100.0))
    running = [(ledger.reserve("a", most), cost) for most, cost in replies]
    assert ledger.remaining("a") == pytest.approx(100.0 - sum(most for most, _ in replies))
    for reserve, cost in reversed(running):
        ledger.settle(reserve, cost)
    assert ledger.remaining("a") == pytest.approx(100.0 - sum(cost for _, cost in replies))
    assert not ledger.running


def test_a_day_is_one_of_utc() -> None:
    assert len(today()) == len("2026-11-25")
