"""Failures of a reply, described for the page."""

from __future__ import annotations

import logging

import anthropic
import httpx2
import pytest

from nbstream.conversation.budget import NotAuthorizedError
from nbstream.conversation.reply.failure import NO_SDK, Failure, describe_failure


def answer(status: int, kind: str, headers: dict[str, str] | None = None) -> anthropic.APIStatusError:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/messages")
    response = httpx2.Response(status, headers=headers, request=request)
    body = {"type": "error", "error": {"type": kind, "message": "No."}}
    return anthropic.APIStatusError("No.", response=response, body=body)


def test_an_answer_of_the_api_says_whether_its_content_was_refused_and_when_to_ask_again() -> None:
    refused = describe_failure(answer(400, "invalid_request_error"), repr, is_sdk_loaded=True)
    assert (refused.is_error_answer, refused.refuses_content, refused.retry_after_seconds) == (True, True, None)
    busy = describe_failure(answer(429, "rate_limit_error", {"retry-after": "7"}), repr, is_sdk_loaded=True)
    assert (busy.is_error_answer, busy.refuses_content, busy.retry_after_seconds) == (True, False, 7.0)


def test_a_lost_connection_is_no_answer_of_the_api() -> None:
    error = anthropic.APIConnectionError(request=httpx2.Request("POST", "http://127.0.0.1/v1/messages"))
    found = describe_failure(error, None, is_sdk_loaded=True)
    assert (found.is_error_answer, found.refuses_content) == (False, False)
    assert "connection to Claude failed" in found.text


@pytest.mark.parametrize("is_sdk_loaded", [True, False])
def test_a_request_that_may_not_be_sent_gives_its_own_sentence(is_sdk_loaded: bool) -> None:
    error = NotAuthorizedError("Too little is left.")
    assert describe_failure(error, repr, is_sdk_loaded=is_sdk_loaded) == Failure("Too little is left.")


def test_without_the_sdk_only_the_owner_of_the_account_reads_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    error = ImportError("no anthropic here")
    assert "no anthropic here" in describe_failure(error, None, is_sdk_loaded=False).text
    with caplog.at_level(logging.WARNING):
        assert describe_failure(error, repr, is_sdk_loaded=False) == Failure(NO_SDK)
    assert "no anthropic here" in caplog.text
