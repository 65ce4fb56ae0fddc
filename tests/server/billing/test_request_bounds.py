"""Bounds of a request's cost: its input before it is sent, and the tokens that nobody counted after it."""

from __future__ import annotations

from typing import Any

import pytest
from server.billing.accounts import MODEL, new_account, new_request, pay, refusal, sent

from nbstream.claude.prices import LIST_PRICES, cost_of
from nbstream.server import Limits
from nbstream.server.billing.account import Account
from nbstream.server.billing.ledger import Ledger
from nbstream.server.billing.request_bounds import UNDELIVERED_TOKENS
from nbstream.server.billing.token_estimate import IMAGE_TOKENS, MAX_CONTEXT_TOKENS

pytestmark = pytest.mark.anyio

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 9000}}
FETCHED = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("x" * 300_000, 300_000),
        ("ж" * 300_000, 600_000),
        ("\x00" * 300_000, 300_000),
        ("𒀀" * 100_000, 400_000),
        ([IMAGE] * 100, 100 * IMAGE_TOKENS),
        # The pages are unknown: no model reads more than its context.
        ([FETCHED], MAX_CONTEXT_TOKENS),
        ([{"type": "text", "text": "x" * 300}, IMAGE], IMAGE_TOKENS + 300),
        # In the arguments of a tool call, a file is text to Claude. A real file may have text beside it.
        ([{"type": "tool_use", "id": "a", "name": "b", "input": {**IMAGE, "text": "x" * 300_000}}], 309_000),
        ([{"type": "tool_use", "id": "a", "name": "b", "input": {"source": IMAGE["source"]}}], 9_000),
        ([{**IMAGE, "alt": "x" * 300_000}], IMAGE_TOKENS + 300_000),
        # The API refuses this block itself.
        ([{"type": "document", "source": "x" * 300}], 300),
    ],
)
async def test_the_input_is_paid_for_before_it_is_sent(content: Any, tokens: int) -> None:
    least = cost_of({"cache_creation_input_tokens": tokens}, LIST_PRICES[MODEL])
    assert least is not None
    mine, ledger = new_account(dollars_per_day=least * 0.99, prompt_characters=10**9)
    assert "before the first word" in await refusal(mine, new_request(content))
    assert ledger.remaining("ada") == least * 0.99
    mine, _ = new_account(dollars_per_day=least * 1.5, prompt_characters=10**9)
    assert (await pay(mine, new_request(content)))[1] == pytest.approx(least, rel=0.5)


async def test_what_is_kept_for_an_hour_counts_at_its_price() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    block = {"type": "text", "text": "x" * 100_000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    (await pay(mine, new_request([block])))[0].settle(sent())
    assert ledger.spent["ada"] == pytest.approx(1.0, rel=0.01)


async def test_the_definitions_of_tools_count_with_their_names() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    schema = {"type": "object", "properties": {"x" * 50_000: {"type": "string"}}}
    tool = {"name": "f", "description": "x" * 50_000, "input_schema": schema}
    (await pay(mine, {**new_request(), "tools": [tool]}))[0].settle(sent())
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.02)


async def test_text_that_the_api_has_not_counted_costs_its_bytes() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bill, _ = await pay(mine, new_request(max_tokens=10_000))
    meter = sent()
    meter.record({"input_tokens": 1_000, "output_tokens": 2})
    meter.add_text("ж" * 400)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.005 + (802 + UNDELIVERED_TOKENS) * 25 / 1_000_000)


async def test_text_after_a_count_of_the_api_costs_its_bytes_too() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bill, _ = await pay(mine, new_request(max_tokens=10_000))
    meter = sent()
    # The API may count more than once, each time what has come so far.
    meter.record({"input_tokens": 1_000, "output_tokens": 2}, is_complete=True)
    meter.add_text("x" * 800)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.005 + (802 + UNDELIVERED_TOKENS) * 25 / 1_000_000)


@pytest.mark.parametrize("is_complete", [True, False])
async def test_input_that_a_server_does_not_count_costs_the_most_that_it_may_be(is_complete: bool) -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bill, _ = await pay(mine, new_request("x" * 100_000))
    meter = sent()
    meter.record({"input_tokens": 0, "output_tokens": 2}, is_complete=is_complete)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.01)


async def test_the_schema_of_an_answer_counts_with_its_names() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    schema = {"type": "object", "properties": {"x" * 100_000: {"type": "string"}}}
    format_ = {"type": "json_schema", "schema": schema}
    (await pay(mine, {**new_request(), "output_config": {"format": format_}}))[0].settle(sent())
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.02)


async def test_a_stopped_reply_has_no_more_text_than_it_may_have() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bill, _ = await pay(mine, new_request(max_tokens=100))
    meter = sent()
    meter.record({"input_tokens": 1_000, "output_tokens": 2})
    meter.add_text("x" * 399)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.005 + 100 * 25 / 1_000_000)


@pytest.mark.parametrize(
    ("block_type", "is_complete", "seconds", "tokens"),
    [
        ("thinking", False, 2.5, 1000),
        ("thinking", False, 100, 2000),
        ("thinking", True, 10, 0),
        # The API may have an argument of a call that it has not sent yet.
        ("tool_use", False, 2.5, 1000),
        ("text", False, 10, UNDELIVERED_TOKENS),
    ],
)
async def test_hidden_text_of_a_stopped_reply_is_estimated(
    block_type: str, is_complete: bool, seconds: float, tokens: int
) -> None:
    now = 5.0
    limits = Limits(dollars_per_day=10.0)
    ledger = Ledger(limits)
    bill, _ = await pay(Account(ledger, limits, "ada", lambda: now), new_request(max_tokens=2000))
    now += seconds
    meter = sent()
    meter.record({"input_tokens": 1000, "output_tokens": 0}, is_complete=is_complete)
    meter.add_block(block_type)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.005 + tokens * 25 / 1_000_000)
