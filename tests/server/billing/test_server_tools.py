"""Tools that the API runs itself: all that they may add to the input is kept back."""

from __future__ import annotations

from typing import Any

import pytest
from server.billing.accounts import MODEL, new_account, new_request, pay, refusal, sent

from nbstream.claude.prices import LIST_PRICES, cost_of
from nbstream.server.billing.server_tools import MAX_ROUNDS, SERVER_TOOL_PROMPT_TOKENS, ServerTools
from nbstream.server.billing.token_estimate import MAX_CONTEXT_TOKENS

pytestmark = pytest.mark.anyio

SEARCH = {"type": "web_search_20250305", "name": "web_search"}
FETCH = {"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 2, "max_content_tokens": 1_000}
CODE = {"type": "code_execution_20250825", "name": "code_execution"}
OWN = {"name": "add", "input_schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("tools", "rounds"),
    [
        ([SEARCH], MAX_ROUNDS),
        ([{**SEARCH, "max_uses": 3}], 3),
        ([{**SEARCH, "max_uses": 3}, FETCH], 5),
        # PDFs are not cut to `max_content_tokens`.
        ([FETCH], 2),
        # The API takes no number of uses.
        ([CODE], MAX_ROUNDS),
        ([{"type": "mcp_toolset", "mcp_server_name": "m"}], MAX_ROUNDS),
        ([{"type": "tool_search_tool_regex_20251119", "name": "t"}, FETCH], MAX_ROUNDS),
    ],
)
def test_after_each_round_a_model_may_read_all_that_it_can(tools: list[dict[str, Any]], rounds: int) -> None:
    most = 500 + SERVER_TOOL_PROMPT_TOKENS + rounds * MAX_CONTEXT_TOKENS
    assert ServerTools([OWN, *tools]).input_tokens(500, MAX_ROUNDS) == most
    assert ServerTools([OWN, *tools]).has_any


def test_tools_of_the_operator_add_nothing() -> None:
    for tools in ([], [OWN], [{"type": "bash_20250124", "name": "bash"}]):
        assert ServerTools(tools).input_tokens(500, MAX_ROUNDS) == 500
        assert not ServerTools(tools).has_any


async def test_a_search_without_a_number_of_uses_is_kept_back_and_gets_one() -> None:
    mine, _ = new_account(dollars_per_day=1_000.0)
    asked = {**new_request(), "tools": [SEARCH]}
    _, limit_usd = await pay(mine, asked)
    assert asked["tools"] == [{**SEARCH, "max_uses": MAX_ROUNDS}]
    results_usd = cost_of({"cache_creation_input_tokens": 10 * MAX_CONTEXT_TOKENS}, LIST_PRICES[MODEL])
    assert results_usd is not None
    # The searches themselves cost ten cents.
    assert results_usd + 0.10 < limit_usd < results_usd + 0.30


async def test_the_uses_of_a_search_are_lowered_to_the_dollars_that_are_left() -> None:
    mine, _ = new_account(dollars_per_day=40.0)
    asked = {**new_request(), "tools": [{**SEARCH, "max_uses": 30}, CODE]}
    assert "before the first word" in await refusal(mine, asked)
    asked["tools"] = [{**SEARCH, "max_uses": 30}]
    assert (await pay(mine, asked))[1] < 40.0
    assert asked["tools"][0]["max_uses"] == 3
    mine, _ = new_account(dollars_per_day=5.0)
    assert "before the first word" in await refusal(mine, {**new_request(), "tools": [SEARCH]})


@pytest.mark.parametrize("call", ["server_tool_use", "mcp_tool_use"])
async def test_a_reply_stopped_after_a_search_costs_all_that_its_results_may_have_added(call: str) -> None:
    mine, ledger = new_account(dollars_per_day=200.0)
    bill, usd = await pay(mine, {**new_request(max_tokens=1), "tools": [SEARCH]})
    meter = sent()
    meter.record({"input_tokens": 1_000, "output_tokens": 1})
    meter.add_block(call)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(usd, rel=0.01)
