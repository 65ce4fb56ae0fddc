from __future__ import annotations

from typing import Any

import pytest

from nbstream.claude.usage import UsageMeter, estimate
from nbstream.conversation.budget import Budget

REQUEST: dict[str, Any] = {"model": "claude-opus-4-8", "max_tokens": 100}


def bill(dollars: float, model: str = "claude-opus-4-8") -> UsageMeter:
    """One of a model whose output costs 25 dollars a million."""
    made = UsageMeter(model)
    made.record({"input_tokens": 0, "output_tokens": round(dollars / 25 * 1e6)})
    return made


def test_without_a_limit_all_may_be_sent() -> None:
    assert Budget().bound(REQUEST, bill(1_000)) is REQUEST
    assert not Budget().is_spent(bill(1_000))


@pytest.mark.parametrize(("budget", "permitted"), [(2.0, None), (None, 2.0), (2.0, 3.0), (3.0, 2.0)])
def test_the_lower_of_two_limits_is_one_that_is_spent_when_it_is_reached(
    budget: float | None, permitted: float | None
) -> None:
    allowance = Budget(budget, permitted)
    assert allowance.bound(REQUEST, bill(1.99)) is REQUEST
    assert not allowance.is_spent(bill(1.99))
    assert allowance.bound(REQUEST, bill(2)) is None
    assert allowance.is_spent(bill(2))


def test_a_cost_that_nobody_knows_spends_no_budget() -> None:
    assert not Budget(1.0).is_spent(bill(1_000, "my-model"))


def test_a_first_request_is_authorized_together_with_its_reply() -> None:
    def fail(_: dict[str, Any], __: UsageMeter) -> float:
        raise AssertionError

    assert Budget(authorized=1.0, authorize_more=fail).bound(REQUEST, bill(0)) is REQUEST


def test_further_requests_are_authorized_and_bounded_one_by_one() -> None:
    asked: list[float] = []

    def permit_more(request: dict[str, Any], meter: UsageMeter) -> float:
        spent = estimate(meter) or 0.0
        asked.append(spent)
        request["max_tokens"] = 7
        return spent + 0.5

    allowance = Budget(authorized=1.0, authorize_more=permit_more)
    allowance.bound(REQUEST, bill(0))
    assert allowance.bound(REQUEST, bill(0.75)) == {**REQUEST, "max_tokens": 7}
    assert REQUEST["max_tokens"] == 100
    assert asked == [pytest.approx(0.75)]
    assert not allowance.is_spent(bill(1.24))
    assert allowance.is_spent(bill(1.26))


def test_an_authorization_never_raises_the_budget() -> None:
    allowance = Budget(1.0, authorize_more=lambda _, __: 9.0)
    assert allowance.bound(REQUEST, bill(0)) is REQUEST
    assert allowance.bound(REQUEST, bill(0.5)) == REQUEST
    assert allowance.is_spent(bill(1))


def test_without_money_left_no_request_is_sent() -> None:
    def refuse(_: dict[str, Any], __: UsageMeter) -> float:
        raise ValueError("nothing is left")

    allowance = Budget(authorize_more=refuse)
    assert allowance.bound(REQUEST, bill(0)) is REQUEST
    assert allowance.bound(REQUEST, bill(0)) is None
