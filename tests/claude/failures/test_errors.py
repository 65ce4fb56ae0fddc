"""Tests of failures in words: one sentence with advice, and never a key or a body."""

from __future__ import annotations

import socket
import ssl

import anthropic
import httpx2
import pytest

from nbstream.claude.failures import errors

REQUEST = httpx2.Request("POST", "https://api.anthropic.com/v1/messages")


def status_error(status: int, kind: str, message: str, **headers: str) -> anthropic.APIStatusError:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    response = httpx2.Response(status, request=REQUEST, headers={"request-id": "req_1", **headers})
    return anthropic.APIStatusError("…", response=response, body=body)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (errors.truncated_error(), True),
        (anthropic.APITimeoutError(REQUEST), True),
        (status_error(200, "overloaded_error", "Overloaded"), True),
        (status_error(200, "invalid_request_error", "No"), False),
        (ValueError(), False),
    ],
)
def test_only_a_transient_failure_is_retryable(error: Exception, again: bool) -> None:
    assert errors.is_retryable(error) is again


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            status_error(200, "overloaded_error", "Overloaded."),
            "Overloaded (overloaded_error, request req_1). Claude is busy; wait a moment and try again.",
        ),
        (
            status_error(400, "invalid_request_error", "max_tokens: 99 > 9"),
            "max_tokens: 99 > 9 (invalid_request_error, request req_1). Pass a lower max_tokens=, or shorten",
        ),
        (anthropic.APITimeoutError(REQUEST), "Claude did not answer in time. The text so far is kept"),
        (errors.truncated_error(), "ended before Claude's answer did. The text so far is kept; try again."),
        (
            anthropic.APIConnectionError(request=REQUEST),
            "The connection to Claude failed. The text so far is kept",
        ),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
    ],
)
def test_a_failure_is_explained_in_a_sentence_with_advice(error: Exception, said: str) -> None:
    assert said in errors.explain(error)
    assert "\n" not in errors.explain(error)


def test_a_body_that_is_no_json_is_not_shown_to_the_user() -> None:
    response = httpx2.Response(502, request=REQUEST)
    error = anthropic.APIStatusError("<html>proxy</html>", response=response, body="<html>proxy</html>")
    assert (
        errors.explain(error) == "https://api.anthropic.com/v1/messages answered with a web page (502). Try again."
    )


@pytest.mark.parametrize(
    ("path", "status", "body", "said"),
    [
        (
            "/v1/v1/messages",
            404,
            {"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}},
            "Not Found (not_found_error). The SDK adds /v1/messages by itself: write base_url='https://h.example'.",
        ),
        (
            "/v1/messages",
            404,
            "<html><title>Not here</title>",
            'https://h.example/v1/messages answered with a web page ("Not here") (404). Check base_url: a',
        ),
        ("/v1/messages", 405, None, "https://h.example/v1/messages answered with nothing (405). Check base_url"),
        ("/v1/messages", 404, {"detail": "Not Found"}, "answered with JSON of another kind (404). Check base_url"),
        (
            "/v1/messages",
            404,
            {"type": "error", "error": {"type": "not_found_error", "message": "model: gpt"}},
            "model: gpt (not_found_error). Check the model's name",
        ),
    ],
)
def test_a_wrong_address_is_named_with_the_right_one(path: str, status: int, body: object, said: str) -> None:
    request = httpx2.Request("POST", f"https://me:sk-7@h.example{path}?key=sk-8")
    error = anthropic.APIStatusError("…", response=httpx2.Response(status, request=request), body=body)
    assert said in errors.explain(error)
    assert "sk-" not in errors.explain(error)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "address was not found"),
        (ssl.SSLError("certificate verify failed"), "TLS"),
        (ConnectionRefusedError(111, "Connection refused"), "no server answers"),
        (httpx2.UnsupportedProtocol("missing an http:// protocol"), "must begin with https:// or http://"),
        (OSError("no route"), "The connection to Claude failed. The text"),
    ],
)
def test_the_first_cause_that_a_user_can_act_on_is_named(reason: Exception, said: str) -> None:
    lost = httpx2.ConnectError("All connection attempts failed")
    lost.__context__ = reason
    error = anthropic.APIConnectionError(request=REQUEST)
    error.__cause__ = lost
    assert said in errors.explain(error)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, None), ({"retry-after": "27"}, 27.0), ({"retry-after": "-3"}, None)]
)
def test_the_time_to_wait_is_the_one_of_the_api(headers: dict[str, str], seconds: float | None) -> None:
    error = status_error(429, "rate_limit_error", "Too many", **headers)
    assert errors.retry_after(error) == seconds
    assert ("wait 27 s" in errors.explain(error)) == (seconds is not None)
    assert errors.retry_after(errors.truncated_error()) is None


def test_a_stall_is_the_sdks_timeout_with_its_length() -> None:
    error = errors.stalled_error(60.0)
    assert isinstance(error, anthropic.APITimeoutError)
    said = "The reply broke off: nothing has come from Claude for 60 s. The text so far is kept; try again."
    assert errors.explain(error) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (status_error(400, "invalid_request_error", "org-7 may not"), "refused the request as invalid"),
        (status_error(401, "authentication_error", "key sk-7 of org-7"), "finds the reason in its log"),
        (status_error(429, "rate_limit_error", "org-7 has 5", **{"retry-after": "7"}), "asks to wait 7 s"),
        (status_error(529, "overloaded_error", "org-7"), "Claude is busy"),
        (anthropic.APIConnectionError(request=REQUEST), "could not be reached from this server"),
        (errors.truncated_error(), "ended before Claude's answer did"),
        (RuntimeError("org-7"), "This server cannot ask Claude"),
    ],
)
def test_a_visitor_learns_nothing_of_the_account(error: Exception, said: str) -> None:
    assert said in errors.explain_to_visitor(error)
    assert "-7" not in errors.explain_to_visitor(error)


def test_words_of_another_error_do_not_make_it_a_reply_that_broke_off() -> None:
    error = anthropic.APIConnectionError(message="org-7: the proxy broke off", request=REQUEST)
    assert errors.explain_to_visitor(error).startswith("Claude could not be reached from this server.")
    damaged = errors.as_api_error(httpx2.RemoteProtocolError("org-7"), REQUEST)
    assert errors.explain_to_visitor(damaged).startswith("The reply broke off: the connection was lost.")


@pytest.mark.parametrize(
    ("cause", "is_unsent"),
    [
        (httpx2.ConnectError, True),
        (httpx2.ConnectTimeout, True),
        (httpx2.ReadError, False),
        (httpx2.ReadTimeout, False),
    ],
)
def test_only_a_failure_to_connect_means_that_nothing_was_sent(cause: type[Exception], is_unsent: bool) -> None:
    failed = anthropic.APIConnectionError(request=REQUEST)
    failed.__cause__ = cause("no")
    assert errors.is_unsent(failed) is is_unsent
    assert errors.is_unsent(cause("no")) is is_unsent
    # An earlier attempt may stand in the context of a later one.
    later = anthropic.APIConnectionError(request=REQUEST)
    later.__context__ = cause("no")
    assert not errors.is_unsent(later)
