from __future__ import annotations

from typing import Any

import pytest

from nbstream.claude.usage import UsageMeter, estimate
from nbstream.conversation.budget import Budget, BudgetSpentError, NotAuthorizedError

pytestmark = pytest.mark.anyio

REQUEST: dict[str, Any] = {"model": "claude-opus-4-8", "max_tokens": 100}


def bill(dollars: float, model: str = "claude-opus-4-8") -> UsageMeter:
    """One of a model whose output costs 25 dollars a million."""
    made = UsageMeter(model)
    made.record({"input_tokens": 0, "output_tokens": round(dollars / 25 * 1e6)})
    return made


class FakeBill:
    """A bill that permits half a dollar more for each request, and seven tokens.

    Attributes:
        asked: What the reply had cost at each request.
        error: The error with which it refuses.
    """

    def __init__(self, usd: float = 0.5, error: Exception | None = None) -> None:
        self.asked: list[float] = []
        self.error = error
        self._usd = usd

    async def authorize(self, request: dict[str, Any], meter: UsageMeter) -> float | None:
        spent = estimate(meter) or 0.0
        self.asked.append(spent)
        if self.error is not None:
            raise self.error
        request["max_tokens"] = 7
        return spent + self._usd

    async def authorize_retry(self, meter: UsageMeter) -> None:
        await self.authorize({}, meter)

    def settle(self, _: UsageMeter) -> None:
        raise AssertionError


async def test_without_a_limit_all_may_be_sent() -> None:
    assert await Budget().bound(REQUEST, bill(1_000)) is REQUEST
    assert not Budget().is_spent(bill(1_000))
    assert Budget().before_retry(bill(1_000)) is None


async def test_a_limit_is_spent_when_it_is_reached() -> None:
    allowance = Budget(2.0)
    assert await allowance.bound(REQUEST, bill(1.99)) is REQUEST
    assert not allowance.is_spent(bill(1.99))
    assert await allowance.bound(REQUEST, bill(2)) is None
    assert allowance.is_spent(bill(2))


def test_a_cost_that_nobody_knows_spends_no_budget() -> None:
    assert not Budget(1.0).is_spent(bill(1_000, "my-model"))


async def test_requests_are_authorized_and_bounded_one_by_one() -> None:
    paying = FakeBill()
    allowance = Budget(None, paying)
    assert await allowance.bound(REQUEST, bill(0)) == {**REQUEST, "max_tokens": 7}
    assert await allowance.bound(REQUEST, bill(0.75)) == {**REQUEST, "max_tokens": 7}
    assert REQUEST["max_tokens"] == 100
    assert paying.asked == [0.0, pytest.approx(0.75)]
    assert not allowance.is_spent(bill(1.24))
    assert allowance.is_spent(bill(1.26))
    retry = allowance.before_retry(bill(0.8))
    assert retry is not None
    await retry()
    assert paying.asked[2:] == [pytest.approx(0.8)]


async def test_an_authorization_never_raises_the_budget() -> None:
    allowance = Budget(1.0, FakeBill(9.0))
    assert await allowance.bound(REQUEST, bill(0.5)) is not None
    assert allowance.is_spent(bill(1))
    assert await allowance.bound(REQUEST, bill(1)) is None


async def test_a_reply_that_cannot_begin_is_told_why_and_one_that_has_begun_ends() -> None:
    with pytest.raises(BudgetSpentError, match="nothing is left"):
        await Budget(None, FakeBill(error=BudgetSpentError("nothing is left"))).bound(REQUEST, bill(0))
    paying = FakeBill()
    allowance = Budget(None, paying)
    await allowance.bound(REQUEST, bill(0))
    paying.error = BudgetSpentError("nothing is left")
    assert await allowance.bound(REQUEST, bill(0)) is None


async def test_a_reply_whose_payer_cannot_be_asked_is_told_so_at_any_request() -> None:
    paying = FakeBill()
    allowance = Budget(None, paying)
    await allowance.bound(REQUEST, bill(0))
    paying.error = NotAuthorizedError("try again in a moment")
    retry = allowance.before_retry(bill(0))
    assert retry is not None
    for asked in (allowance.bound(REQUEST, bill(0)), retry()):
        with pytest.raises(NotAuthorizedError, match="try again"):
            await asked
