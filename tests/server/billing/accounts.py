"""Accounts, requests and usages that the tests of bills share."""

from __future__ import annotations

from typing import Any

from nbstream.claude.usage import UsageMeter
from nbstream.server import Limits
from nbstream.server.billing.account import Account
from nbstream.server.billing.ledger import Ledger

MODEL = "claude-opus-4-8"


def new_request(content: Any = "Hi", max_tokens: int = 1000) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": max_tokens, "messages": [{"role": "user", "content": content}]}


def new_account(**limits: Any) -> tuple[Account, Ledger]:
    limits = Limits(**limits)
    ledger = Ledger(limits)
    return Account(ledger, limits, "ada"), ledger


def answered(**usage: int) -> UsageMeter:
    """The usage of a reply of one request that the API has counted."""
    made = sent()
    made.record({"input_tokens": 0, "output_tokens": 0, **usage}, is_complete=True)
    return made


def sent(attempts: int = 1) -> UsageMeter:
    """The usage of a reply whose request was sent, and of which nothing has come."""
    made = UsageMeter(MODEL)
    for _ in range(attempts):
        made.attempt_sent()
    return made
