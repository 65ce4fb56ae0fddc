"""Advice after refusals, in the words of the Claude API and of others."""

from __future__ import annotations

import anthropic
import httpx2
import pytest

from nbstream.claude.failures.advice import OPERATOR_TEXT, Reason, advise, advise_visitor, reason_of

REQUEST = httpx2.Request("POST", "https://api.anthropic.com/v1/messages")


def refused(status: int, kind: str | None, message: str, code: str | None = None) -> anthropic.APIStatusError:
    error = {"type": kind, "message": message, "details": {"error_code": code}}
    body = {"type": "error", "error": error} if kind is not None else None
    return anthropic.APIStatusError(message, response=httpx2.Response(status, request=REQUEST), body=body)


INVALID = (400, "invalid_request_error")


@pytest.mark.parametrize(
    ("status", "kind", "message", "reason", "advice"),
    [
        (*INVALID, "Your credit balance is too low to access the Anthropic API.", "billing", "credit"),
        (403, "permission_error", "This organization has reached its spend limit", "billing", "spend limits"),
        (402, "billing_error", "Pay", "billing", "credit"),
        (*INVALID, "This organization has been disabled.", "blocked account", "owner of the account"),
        (401, "authentication_error", "OAuth token has expired.", "expired sign-in", "Sign in again"),
        (401, "authentication_error", "invalid x-api-key", None, "ANTHROPIC_API_KEY"),
        (429, "rate_limit_error", "would exceed your daily rate limit", "daily limit", "starts again"),
        (429, "rate_limit_error", "Number of concurrent connections exceeded", "concurrency", "fewer questions"),
        (429, "rate_limit_error", "would exceed 20,000 input tokens per minute", "token rate", "Wait a minute"),
        (429, "rate_limit_error", "Too many requests", None, "Wait a moment"),
        (*INVALID, "prompt is too long: 210000 tokens > 200000 maximum", "too long", "in a new chat"),
        (*INVALID, "input length and `max_tokens` exceed context limit", "max_tokens", "a lower max_tokens="),
        (*INVALID, "max_tokens: 99 > 9, which is the maximum allowed number", "max_tokens", "a lower max_tokens="),
        (*INVALID, "This model's maximum context length is 32768 tokens.", "too long", "Shorten"),
        (*INVALID, "`temperature` is deprecated for this model.", "sampling", "Leave temperature"),
        (*INVALID, "role 'system' is not supported on this model", "system turn", "system="),
        (*INVALID, "This model has been retired.", "retired model", "a current model"),
        (404, "not_found_error", "model: claude-opus-9", "unknown model", "Check the model's name"),
        (404, "not_found_error", "model 'llama9' not found", "unknown model", "that this server has"),
        (403, "forbidden", "Access is not allowed from unsupported countries", "place", "region"),
        (*INVALID, "messages.0.content.1.image.source: image exceeds 5 MB maximum", "file", "smaller"),
        (*INVALID, "tools.0.custom.input_schema: JSON schema is invalid", "tool", "definition"),
        (*INVALID, "adaptive thinking is not supported on this model", "thinking", "thinking=None"),
        (*INVALID, "messages.1.content.0.thinking: Field required", None, "Change the request"),
        (413, "request_too_large", "Request exceeds the maximum size", None, "Send less"),
        (413, None, "413 Request Entity Too Large", None, "Send less"),
        (403, None, "Forbidden", None, "a proxy refuses"),
        (407, None, "Proxy Authentication Required", "proxy sign-in", "HTTPS_PROXY"),
        (529, "overloaded_error", "Overloaded", None, "busy"),
        (500, "api_error", "Internal error in billing", None, "Try again"),
        (503, None, "Service Unavailable", None, "busy or down"),
        (504, "timeout_error", "Timed out", None, "too long; ask for less"),
        (418, None, "I am a teapot", None, "Try again."),
    ],
)
def test_each_reason_has_its_advice(
    status: int, kind: str | None, message: str, reason: Reason | None, advice: str
) -> None:
    error = refused(status, kind, message)
    assert reason_of(error) == reason
    assert advice in advise(error)


def test_the_apis_own_code_counts_like_its_words() -> None:
    error = refused(403, "permission_error", "Not now", "contract_spend_limit_reached")
    assert reason_of(error) == "billing"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (refused(*INVALID, "Your credit balance is too low"), OPERATOR_TEXT),
        (refused(*INVALID, "prompt is too long: 9 > 8"), "The conversation is too long for Claude"),
        (refused(*INVALID, "image exceeds 5 MB maximum"), "Claude refused a file"),
        (refused(*INVALID, "max_tokens: 9 > 8"), "Claude refused the request as invalid"),
        (refused(529, "overloaded_error", "Overloaded"), "Claude is busy"),
        (refused(418, None, "Tea"), OPERATOR_TEXT),
    ],
)
def test_a_visitor_is_told_only_of_the_question(error: anthropic.APIStatusError, text: str) -> None:
    assert advise_visitor(error).startswith(text)
