"""Tools that the API runs itself: what they add to the input is kept back."""

from __future__ import annotations

import pytest
from server.billing.accounts import MODEL, new_account, new_request, pay, refusal, sent

from nbstream.claude.prices import LIST_PRICES, cost_of
from nbstream.server.billing.server_tools import MAX_USES, RESULT_TOKENS

pytestmark = pytest.mark.anyio

SEARCH = {"type": "web_search_20250305", "name": "web_search"}


async def test_a_search_without_a_number_of_uses_is_kept_back_and_gets_one() -> None:
    mine, _ = new_account(dollars_per_day=100.0)
    asked = {**new_request(), "tools": [SEARCH]}
    _, limit_usd = await pay(mine, asked)
    assert asked["tools"] == [{**SEARCH, "max_uses": MAX_USES}]
    # Ten searches, and their results, which are read again after each of them.
    results_usd = cost_of({"cache_creation_input_tokens": 55 * RESULT_TOKENS}, LIST_PRICES[MODEL])
    assert results_usd is not None
    assert results_usd + 0.10 < limit_usd < results_usd + 0.30


async def test_the_uses_of_a_search_are_lowered_to_the_dollars_that_are_left() -> None:
    mine, _ = new_account(dollars_per_day=2.0)
    asked = {**new_request(), "tools": [{**SEARCH, "max_uses": 30}]}
    assert (await pay(mine, asked))[1] < 2.0
    assert 1 <= asked["tools"][0]["max_uses"] <= 3
    mine, _ = new_account(dollars_per_day=0.05)
    assert "before the first word" in await refusal(mine, {**new_request(), "tools": [SEARCH]})


async def test_a_reply_stopped_after_a_search_costs_all_that_its_results_may_have_added() -> None:
    mine, ledger = new_account(dollars_per_day=100.0)
    bill, usd = await pay(mine, {**new_request(max_tokens=1), "tools": [SEARCH]})
    meter = sent()
    meter.record({"input_tokens": 1_000, "output_tokens": 1})
    meter.add_block("server_tool_use")
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(usd, rel=0.01)
