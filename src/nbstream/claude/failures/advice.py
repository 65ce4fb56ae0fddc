"""Advice after a refused request: the reason of the refusal, and what a user can do about it.

The SDK warns that the words of an error can change. So the words only make the advice of the error's type more
exact, because one type stands for many reasons: the API refuses a request with `invalid_request_error` if the
account has no credit, too.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from anthropic import APIStatusError

Reason: TypeAlias = Literal[
    "billing",
    "blocked account",
    "concurrency",
    "daily limit",
    "expired sign-in",
    "file",
    "max_tokens",
    "place",
    "proxy sign-in",
    "retired model",
    "sampling",
    "system turn",
    "thinking",
    "token rate",
    "too long",
    "tool",
    "unknown model",
]

_BY_WORDS: tuple[tuple[Reason, str], ...] = (
    ("billing", r"credit balance|\bbilling\b|\bpayment\b|spend(ing)?.limit|insufficient.(funds|quota|credit)"),
    ("blocked account", r"(organization|account|key).*\b(disabled|on.hold|suspended|deactivated)\b"),
    ("expired sign-in", r"(token|sign-?in|session|credential)s?\b.*\bexpired\b"),
    ("daily limit", r"\b(daily|per day)\b"),
    ("concurrency", r"\bconcurren(t|cy)\b"),
    ("token rate", r"tokens per minute"),
    ("max_tokens", r"\bmax_(completion_)?tokens\b|maximum allowed number of output tokens"),
    (
        "too long",
        r"(prompt|input|request|conversation) is too long|context (window|length|limit)|too many input token",
    ),
    ("sampling", r"\b(temperature|top_p|top_k)\b"),
    ("system turn", r"\brole\b.*\bsystem\b|\bsystem\b.*\brole\b"),
    ("retired model", r"\bmodel\b.*\b(retired|deprecated|end.of.life|no longer)\b"),
    ("place", r"\b(regions?|countries|country|territories)\b"),
    (
        "unknown model",
        r"\bmodel\b.*\b(not found|not exist|unknown)\b|\b(invalid|unknown|no such) model\b|^model: ",
    ),
    ("tool", r"^tools\b|\binput_schema\b"),
    ("file", r"\b(image|pdf|document|file)s?\b"),
    ("thinking", r"^(?!messages\.).*\bthinking\b"),
)
"""Words of the APIs' messages, by the reason that they tell. The first one that is found counts."""

_BY_TYPE: dict[str, Reason] = {"billing_error": "billing", "402": "billing", "407": "proxy sign-in"}

_ADVICE: dict[Reason, str] = {
    "billing": "Check the credit and the spend limits of the account this key belongs to (Console, Billing).",
    "blocked account": "The owner of the account this key belongs to must clear this up with the provider.",
    "concurrency": "Let answers that run end first, or ask fewer questions at a time.",
    "daily limit": "Wait until the limit starts again, or have it raised.",
    "expired sign-in": "Sign in again, or make a new key, and then a new client.",
    "file": "Send that file smaller or in another format, or leave it out.",
    "max_tokens": "Pass a lower max_tokens=, or shorten the conversation.",
    "place": "Check the region of the client, and whether the model is offered there.",
    "proxy sign-in": "A proxy wants a name and a password: check HTTPS_PROXY.",
    "retired model": "Pass the name of a current model with model=.",
    "sampling": "Leave temperature, top_p and top_k out; the prompt and effort= steer current models.",
    "system turn": "Put the instruction into system=, or ask a model that takes system turns.",
    "thinking": "Pass another thinking=, or thinking=None to leave it out.",
    "token rate": "Wait a minute; a shorter conversation or fewer attachments use less of the limit.",
    "too long": "Shorten the conversation or the attachments, or go on in a new chat.",
    "tool": "Correct the definition of that tool.",
    "unknown model": "Check the model's name; model= takes one that this server has.",
}

_ADVICE_BY_TYPE = {
    "authentication_error": "Check ANTHROPIC_API_KEY or the client you passed.",
    "401": "Check ANTHROPIC_API_KEY or the client you passed.",
    "permission_error": "This key may not use that model or feature.",
    "403": "This key may not use that model or feature, or a proxy refuses the request.",
    "not_found_error": "Check the model's name and base_url.",
    "invalid_request_error": "Change the request and ask again.",
    "request_too_large": "Send less: shorten the conversation or the attachments.",
    "413": "Send less: shorten the conversation or the attachments.",
    "rate_limit_error": "Wait a moment and try again.",
    "429": "Wait a moment and try again.",
    "overloaded_error": "Claude is busy; wait a moment and try again.",
    "503": "The server is busy or down; wait a moment and try again.",
    "529": "Claude is busy; wait a moment and try again.",
    "timeout_error": "Claude took too long; ask for less, or try again.",
    "504": "Claude took too long; ask for less, or try again.",
}

_VISITOR_TEXTS = {
    "invalid_request_error": "Claude refused the request as invalid; change it and ask again.",
    "request_too_large": "The request is too large; shorten the conversation or the attachments.",
    "rate_limit_error": "Claude is busy; wait a moment and try again.",
    "overloaded_error": "Claude is busy; wait a moment and try again.",
    "api_error": "Claude had an error of its own; try again.",
    "timeout_error": "Claude did not answer in time; try again.",
}

_VISITOR_TEXTS_BY_REASON: dict[Reason, str] = {
    "too long": "The conversation is too long for Claude; shorten it, or begin a new one.",
    "file": "Claude refused a file; send it smaller or in another format, or leave it out.",
}

OPERATOR_ONLY: frozenset[Reason] = frozenset(
    {"billing", "blocked account", "daily limit", "expired sign-in", "place", "proxy sign-in", "tool"}
)
"""Reasons that only the operator of a server can do anything about."""

OPERATOR_TEXT = "Claude refused the request; this server's operator finds the reason in its log."


def reason_of(error: APIStatusError) -> Reason | None:
    """Return the reason of a refusal, if its words or its type tell it."""
    text = f"{error.api_message or ''} {getattr(error, 'error_code', None) or ''}".replace("`", "").strip()
    for reason, words in _BY_WORDS if error.status_code < 500 else ():
        if re.search(words, text, re.IGNORECASE):
            return reason
    return _BY_TYPE.get(error.type or str(error.status_code))


def advise(error: APIStatusError) -> str:
    """Return a sentence on what the owner of the account can do about a refusal."""
    reason = reason_of(error)
    if reason is not None:
        return _ADVICE[reason]
    return _ADVICE_BY_TYPE.get(error.type or "", "") or _ADVICE_BY_TYPE.get(str(error.status_code), "Try again.")


def advise_visitor(error: APIStatusError) -> str:
    """Return a sentence on a refusal for a user of a server, without a word about the operator's account."""
    reason = reason_of(error)
    if reason in OPERATOR_ONLY:
        return OPERATOR_TEXT
    by_reason = _VISITOR_TEXTS_BY_REASON.get(reason) if reason is not None else None
    return by_reason or _VISITOR_TEXTS.get(error.type or str(error.status_code), OPERATOR_TEXT)
