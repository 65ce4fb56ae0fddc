"""Tokens and dollars of a run."""

from __future__ import annotations

import pytest

from nbstream.batch.run.spending import Spending
from nbstream.claude.usage import UsageMeter

MODEL = "claude-haiku-4-5"
"""One dollar for a million tokens of input, five for output."""


def meter(tokens: int, model: str = MODEL) -> UsageMeter:
    made = UsageMeter(model)
    made.record({"input_tokens": tokens, "output_tokens": 0}, is_complete=True)
    return made


def test_running_and_ended_requests_are_counted() -> None:
    spending = Spending()
    spending.begin(0, meter(1_000_000))
    assert spending.cost == pytest.approx(1.0)
    spending.end(0, is_answer=True)
    spending.begin(1, meter(500_000))
    assert spending.cost == pytest.approx(1.5)
    assert spending.usage == {"input_tokens": 1_500_000, "output_tokens": 0}
    assert spending.expected_cost(3) == pytest.approx(4.0)
    assert not spending.is_spent
    assert spending.affords_row()


def test_an_unknown_price_is_no_cost() -> None:
    spending = Spending()
    spending.begin(0, meter(10, "unknown"))
    assert spending.cost is None
    spending.end(0, is_answer=True)
    assert (spending.cost, spending.expected_cost(1)) == (None, None)


def test_a_budget_is_spent_by_what_has_come() -> None:
    spending = Spending(1.0)
    running = UsageMeter(MODEL)
    spending.begin(0, running)
    spending.update(0)
    assert not spending.is_spent
    running.record({"input_tokens": 999_999, "output_tokens": 0})
    spending.update(0)
    spending.update(1)
    assert not spending.is_spent
    running.add_text("some text of a few tokens")
    spending.update(0)
    assert spending.is_spent
    assert not spending.affords_row()


def test_no_row_begins_that_the_budget_would_cut_off() -> None:
    spending = Spending(2.5)
    assert spending.expected_cost(10) is None
    spending.begin(0, meter(1_000_000))
    spending.end(0, is_answer=True)
    assert spending.affords_row()
    spending.begin(1, UsageMeter(MODEL))
    assert not spending.affords_row()
    spending.end(1, is_answer=False)
    assert spending.affords_row()
