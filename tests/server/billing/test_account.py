"""Costs of replies: reserved before a reply begins, and settled when it has ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.prices import LIST_PRICES, cost_of
from nbstream.claude.usage import UsageMeter
from nbstream.core.ops import Status
from nbstream.server import Limits
from nbstream.server.billing.account import Account
from nbstream.server.billing.ledger import Ledger
from nbstream.server.billing.token_estimate import IMAGE_TOKENS, PDF_PAGE_TOKENS

MODEL = "claude-opus-4-8"
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 9000}}
FETCHED = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}


class EndedConversation:
    """A conversation that has ended."""

    def __init__(self, status: Status, *meters: UsageMeter) -> None:
        self.status = status
        self.usage_meters = list(meters)
        self.run: Any = None


def new_request(content: Any = "Hi", max_tokens: int = 1000) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": max_tokens, "messages": [{"role": "user", "content": content}]}


def new_account(**limits: Any) -> tuple[Account, Ledger]:
    limits = Limits(**limits)
    ledger = Ledger(limits)
    return Account(ledger, limits, "ada"), ledger


def new_meter(**usage: int) -> UsageMeter:
    made = UsageMeter(MODEL)
    made.record({"input_tokens": 0, "output_tokens": 0, **usage})
    return made


def test_without_a_limit_of_dollars_max_tokens_stays() -> None:
    mine, ledger = new_account()
    asked = new_request()
    assert mine.reserve(asked) is None
    assert asked == new_request()
    assert ledger.running == {"ada": 1}
    mine.settle(EndedConversation(Status.DONE, new_meter(output_tokens=9)))
    assert not ledger.running


def test_max_tokens_is_lowered_to_the_dollars_that_are_left() -> None:
    mine, ledger = new_account(dollars_per_day=0.01)
    asked = new_request(max_tokens=64_000)
    dollars = mine.reserve(asked)
    assert dollars == pytest.approx(0.01, rel=0.01)
    # At $25 for a million tokens, visible and hidden thinking together cannot cost more.
    assert 390 <= asked["max_tokens"] <= 400
    assert ledger.remaining("ada") == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("x" * 3_000_000, 1_000_000),
        ("ж" * 1_000_000, 1_000_000),
        ([IMAGE] * 100, 100 * IMAGE_TOKENS),
        ([FETCHED], 600 * PDF_PAGE_TOKENS),
        ([{"type": "text", "text": "x" * 300}, IMAGE], IMAGE_TOKENS + 100),
        # In the arguments of a tool call, a file is text to Claude. A real file may have text beside it.
        ([{"type": "tool_use", "id": "a", "name": "b", "input": {**IMAGE, "text": "x" * 300_000}}], 103_000),
        ([{"type": "tool_use", "id": "a", "name": "b", "input": {"source": IMAGE["source"]}}], 3_000),
        ([{**IMAGE, "alt": "x" * 300_000}], IMAGE_TOKENS + 100_000),
        ([{**FETCHED, "context": "x" * 9_000_000}], 600 * PDF_PAGE_TOKENS + 3_000_000),
        # The API refuses this block itself.
        ([{"type": "document", "source": "x" * 300}], 100),
    ],
)
def test_the_input_is_paid_for_before_it_is_sent(content: Any, tokens: int) -> None:
    least = cost_of({"cache_creation_input_tokens": tokens}, LIST_PRICES[MODEL])
    assert least is not None
    mine, ledger = new_account(dollars_per_day=least * 0.99, prompt_characters=10**9)
    with pytest.raises(ValueError, match=r"would cost about \$.* before the first word"):
        mine.reserve(new_request(content))
    assert ledger.remaining("ada") == least * 0.99
    mine, _ = new_account(dollars_per_day=least * 1.5, prompt_characters=10**9)
    assert mine.reserve(new_request(content)) == pytest.approx(least, rel=0.5)


def test_what_is_kept_for_an_hour_counts_at_its_price() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    block = {"type": "text", "text": "x" * 300_000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    mine.reserve(new_request([block]))
    mine.settle(EndedConversation(Status.STOPPED, UsageMeter(MODEL)))
    assert ledger.spent["ada"] == pytest.approx(1.0, rel=0.01)


def test_the_definitions_of_tools_count() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    mine.reserve({**new_request(), "tools": [{"name": "f", "description": "x" * 300_000}]})
    mine.settle(EndedConversation(Status.STOPPED, UsageMeter(MODEL)))
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.01)


def test_a_reply_stopped_before_any_usage_was_reported_costs_its_input() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    mine.reserve(new_request("x" * 300_000))
    mine.settle(EndedConversation(Status.STOPPED, UsageMeter(MODEL)))
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.01)
    # A request that the API refused costs nothing.
    mine.reserve(new_request("x" * 300_000))
    mine.settle(EndedConversation(Status.FAILED, UsageMeter(MODEL)))
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.01)


def test_a_stopped_reply_costs_its_input_although_the_next_one_is_waiting() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    for count in (1, 2, 3):
        mine.reserve(new_request("x" * 300_000))
        mine.settle(EndedConversation(Status.WAITING, UsageMeter(MODEL)))
        assert ledger.spent["ada"] == pytest.approx(0.625 * count, rel=0.01)


@pytest.mark.parametrize(
    ("thinks", "counted", "seconds", "tokens"),
    [(True, False, 10, 1000), (True, False, 100, 2000), (True, True, 10, 0), (False, False, 10, 0)],
)
def test_hidden_thinking_of_a_stopped_reply_is_estimated(
    thinks: bool, counted: bool, seconds: float, tokens: int
) -> None:
    now = 5.0
    limits = Limits(dollars_per_day=10.0)
    ledger = Ledger(limits)
    mine = Account(ledger, limits, "ada", lambda: now)
    mine.reserve(new_request(max_tokens=2000))
    now += seconds
    talk = EndedConversation(Status.STOPPED, new_meter(input_tokens=1000))
    blocks = [SimpleNamespace(type="thinking" if thinks else "text")]
    message = {"stop_reason": "end_turn" if counted else None}
    talk.run = SimpleNamespace(meter=talk.usage_meters[0], message=message, turn=SimpleNamespace(blocks=blocks))
    mine.settle(talk)
    assert ledger.spent["ada"] == pytest.approx(0.005 + tokens * 25 / 1_000_000)


def test_each_reply_is_settled_by_its_own_cost() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bills: list[UsageMeter] = []
    for _ in range(3):
        mine.reserve(new_request())
        bills.append(new_meter(output_tokens=1000))
        mine.settle(EndedConversation(Status.DONE, *bills))
    assert ledger.spent["ada"] == pytest.approx(0.075)
    # A reply that was refused at its beginning has no reserve to settle.
    mine.settle(EndedConversation(Status.DONE, *bills))
    assert ledger.spent["ada"] == pytest.approx(0.075)


def test_a_further_request_of_a_reply_gets_the_dollars_that_earlier_ones_left() -> None:
    mine, ledger = new_account(dollars_per_day=0.01)
    mine.reserve(new_request(max_tokens=100))
    asked = new_request(max_tokens=100)
    # The reserve grows with it, as far as the day has dollars left.
    assert mine.reserve_more(asked, 0.004) == pytest.approx(0.0065, rel=0.01)
    assert asked["max_tokens"] == 100
    assert ledger.spent["ada"] == pytest.approx(0.0065, rel=0.01)
    assert mine.reserve_more(asked, 0.009) == pytest.approx(0.01, rel=0.01)
    assert asked["max_tokens"] < 40
    with pytest.raises(ValueError, match="before the first word"):
        mine.reserve_more(asked, 0.01)
    mine.settle(EndedConversation(Status.DONE, new_meter(output_tokens=380)))
    assert ledger.spent["ada"] == pytest.approx(0.0095)
    mine, _ = new_account()
    mine.reserve(asked)
    assert mine.reserve_more(asked, 1.0) is None


def test_a_conversation_that_has_become_too_long_is_refused() -> None:
    mine, ledger = new_account(prompt_characters=100)
    with pytest.raises(ValueError, match=r"1\d\d characters, and this server takes 100; begin another"):
        mine.reserve(new_request("x" * 101))
    assert not ledger.running


@given(st.lists(st.tuples(st.integers(1, 64_000), st.floats(0, 1)), max_size=12), st.floats(0.001, 1))
def test_all_replies_together_never_cost_more_than_the_daily_budget(
    replies: list[tuple[int, float]], dollars: float
) -> None:
    limits = Limits(dollars_per_day=dollars, streams_per_caller=100)
    ledger = Ledger(limits)
    spent = 0.0
    for most, share in replies:
        mine, asked = Account(ledger, limits, "ada"), new_request(max_tokens=most)
        try:
            mine.reserve(asked)
        except ValueError:
            continue
        used = new_meter(input_tokens=1, output_tokens=int(asked["max_tokens"] * share))
        spent += used.cost(LIST_PRICES) or 0.0
        if share > 0.5:
            mine.settle(EndedConversation(Status.DONE, used))
    assert spent <= dollars + 1e-9
