"""A caller's account: a reply's cost is reserved before it begins, and its bill is settled by its own usage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.billing.accounts import MODEL, answered, new_account, new_request, pay

from nbstream.claude.prices import LIST_PRICES
from nbstream.claude.usage import UsageMeter
from nbstream.conversation.budget import BudgetSpentError
from nbstream.server import Limits
from nbstream.server.billing.account import Account
from nbstream.server.billing.ledger import Ledger

pytestmark = pytest.mark.anyio


async def test_without_a_limit_of_dollars_max_tokens_stays() -> None:
    mine, ledger = new_account()
    asked = new_request()
    bill = mine.open_bill(asked)
    assert await bill.authorize(asked, UsageMeter(MODEL)) is None
    await bill.authorize_retry(UsageMeter(MODEL))
    assert asked == new_request()
    assert ledger.running == {"ada": 1}
    bill.settle(answered(output_tokens=9))
    assert not ledger.running


async def test_max_tokens_is_lowered_to_the_dollars_that_are_left() -> None:
    mine, ledger = new_account(dollars_per_day=0.01)
    asked = new_request(max_tokens=64_000)
    assert (await pay(mine, asked))[1] == pytest.approx(0.01, rel=0.01)
    # At $25 for a million tokens, visible and hidden thinking together cannot cost more.
    assert 385 <= asked["max_tokens"] <= 400
    assert ledger.remaining("ada") == pytest.approx(0.0, abs=1e-4)


def test_a_conversation_that_has_become_too_long_is_refused() -> None:
    mine, ledger = new_account(prompt_characters=100)
    with pytest.raises(ValueError, match=r"1\d\d characters, and this server takes 100; begin another"):
        mine.open_bill(new_request("x" * 101))
    assert not ledger.running


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 64_000), st.floats(0, 1)), max_size=12), st.floats(0.001, 1))
async def test_all_replies_together_never_cost_more_than_the_daily_budget(
    replies: list[tuple[int, float]], dollars: float
) -> None:
    limits = Limits(dollars_per_day=dollars, streams_per_caller=100)
    ledger = Ledger(limits)
    spent = 0.0
    for most, share in replies:
        mine, asked = Account(ledger, limits, "ada"), new_request(max_tokens=most)
        try:
            bill, _ = await pay(mine, asked)
        except BudgetSpentError:
            continue
        used = answered(input_tokens=1, output_tokens=int(asked["max_tokens"] * share))
        spent += used.cost(LIST_PRICES) or 0.0
        if share > 0.5:
            bill.settle(used)
    assert spent <= dollars + 1e-9
