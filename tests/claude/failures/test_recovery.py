"""Recovery from failures, by the SDK's exceptions."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest

from nbstream.claude.failures.errors import stalled_error, truncated_error
from nbstream.claude.failures.recovery import Recovery, recovery_of

REQUEST = httpx2.Request("POST", "https://api.anthropic.com/v1/messages")


def error(status: int, kind: str = "", message: str = "", headers: Any = None) -> anthropic.APIStatusError:
    response = httpx2.Response(status, headers=headers, request=REQUEST)
    body = {"type": "error", "error": {"type": kind, "message": message}} if kind else None
    return anthropic.APIStatusError(message, response=response, body=body)


@pytest.mark.parametrize(
    ("failure", "recovery"),
    [
        (error(429, "rate_limit_error", "Too many requests"), Recovery.WAIT),
        (error(429, "rate_limit_error", "slow", {"retry-after": "600"}), Recovery.WAIT),
        (error(429, "rate_limit_error", "slow", {"retry-after": "601"}), Recovery.GIVE_UP_ALL),
        (error(429, "rate_limit_error", "You have reached your daily limit"), Recovery.GIVE_UP_ALL),
        (error(529, "overloaded_error", "Overloaded"), Recovery.WAIT),
        (error(200, "overloaded_error", "Overloaded"), Recovery.WAIT),
        (error(503), Recovery.WAIT),
        (error(500, "api_error", "Internal"), Recovery.REPEAT),
        (error(200, "api_error", "Internal"), Recovery.REPEAT),
        (error(502), Recovery.REPEAT),
        (error(408), Recovery.REPEAT),
        (truncated_error(), Recovery.REPEAT),
        (stalled_error(60), Recovery.REPEAT),
        (anthropic.APIConnectionError(request=REQUEST), Recovery.REPEAT),
        (error(400, "invalid_request_error", "messages: too bad"), Recovery.GIVE_UP),
        (error(400, "invalid_request_error", "prompt is too long: 300000 tokens"), Recovery.GIVE_UP),
        (error(413, "request_too_large", "Too large"), Recovery.GIVE_UP),
        (ValueError("a bad cell"), Recovery.GIVE_UP),
        (error(400, "invalid_request_error", "Your credit balance is too low"), Recovery.GIVE_UP_ALL),
        (error(401, "authentication_error", "invalid x-api-key"), Recovery.GIVE_UP_ALL),
        (error(403, "permission_error", "no"), Recovery.GIVE_UP_ALL),
        (error(404, "not_found_error", "model: claude-x"), Recovery.GIVE_UP_ALL),
        (anthropic.CredentialsError("No key"), Recovery.GIVE_UP_ALL),
    ],
)
def test_each_failure_has_its_recovery(failure: Exception, recovery: Recovery) -> None:
    assert recovery_of(failure) is recovery
