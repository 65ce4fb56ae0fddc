"""Accounts, requests and usages that the tests of bills share."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.claude.usage import UsageMeter
from nbstream.conversation.budget import BudgetSpentError
from nbstream.server import Limits
from nbstream.server.billing.account import Account
from nbstream.server.billing.ledger import Ledger
from nbstream.server.billing.reply_bill import ReplyBill

MODEL = "claude-opus-4-8"


def new_request(content: Any = "Hi", max_tokens: int = 1000) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": max_tokens, "messages": [{"role": "user", "content": content}]}


def new_account(**limits: Any) -> tuple[Account, Ledger]:
    limits = Limits(**limits)
    ledger = Ledger(limits)
    return Account(ledger, limits, "ada"), ledger


async def pay(account: Account, request: dict[str, Any]) -> tuple[ReplyBill, float]:
    """Open a reply's bill and have its first request authorized. Return the bill and what is kept back."""
    bill = account.open_bill(request)
    usd = await bill.authorize(request, UsageMeter(MODEL))
    assert usd is not None
    return bill, usd


async def refusal(account: Account, request: dict[str, Any]) -> str:
    """Return the sentence with which a reply's first request is refused."""
    bill = account.open_bill(request)
    with pytest.raises(BudgetSpentError) as caught:
        await bill.authorize(request, UsageMeter(MODEL))
    bill.settle(UsageMeter(MODEL))
    return str(caught.value)


def answered(**usage: int) -> UsageMeter:
    """The usage of a reply of one request that the API has counted."""
    made = sent()
    made.record({"input_tokens": 1, "output_tokens": 0, **usage}, is_complete=True)
    return made


def sent(attempts: int = 1) -> UsageMeter:
    """The usage of a reply whose request was sent, and of which nothing has come."""
    made = UsageMeter(MODEL)
    for _ in range(attempts):
        made.attempt_sent()
    return made
