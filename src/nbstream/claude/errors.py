"""What went wrong with a reply: as one of the SDK's exceptions, and in words for the reader.

The second and last file that imports the `anthropic` SDK: the classes of its errors.
"""

from __future__ import annotations

import json
import socket
import ssl
from typing import Any, cast

import httpx2
from anthropic import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncAnthropic,
    CredentialsError,
)

TRANSIENT = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
"""Kinds of error events that another attempt may not meet (the Messages API's error types)."""


def as_api_error(error: Exception, request: httpx2.Request) -> Exception:
    """What the HTTP library or the parser raised, as the SDK would have raised it."""
    if isinstance(error, APIError):
        return error
    if isinstance(error, httpx2.TimeoutException):
        return APITimeoutError(request=request)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return APIConnectionError(message="The reply broke off: a line of it was damaged.", request=request)
    if isinstance(error, httpx2.HTTPError | httpx2.StreamError):
        return APIConnectionError(message="The reply broke off: the connection was lost.", request=request)
    return error


def cut_short(request: Any = None) -> APIConnectionError:
    """The error for a reply that ended without saying so; the SDK takes such an end for a complete answer."""
    message = "The reply broke off: the connection ended before Claude's answer did."
    return APIConnectionError(message=message, request=request or httpx2.Request("POST", "/v1/messages"))


def fell_silent(seconds: float) -> APITimeoutError:
    """The error for a reply whose connection is open and carries nothing."""
    error = APITimeoutError(request=httpx2.Request("POST", "/v1/messages"))
    error.message = f"The reply broke off: nothing has come from Claude for {seconds:g} s."
    error.args = (error.message,)
    return error


def may_try_again(error: Exception) -> bool:
    """Whether a reply that broke off may fare better the next time."""
    if isinstance(error, APIStatusError):
        return error.type in TRANSIENT
    return isinstance(error, APIConnectionError)


def seconds_to_wait(headers: httpx2.Headers) -> float | None:
    """What a response says of when to ask again."""
    # The SDK's own reading of seconds, milliseconds and dates; it makes no use of the client.
    seconds = AsyncAnthropic._parse_retry_after_header(cast(AsyncAnthropic, None), headers)
    return seconds if seconds is not None and seconds > 0 else None


def retry_after(error: BaseException) -> float | None:
    """Seconds until the API wants to be asked again, where a failure says so."""
    return seconds_to_wait(error.response.headers) if isinstance(error, APIStatusError) else None


def explain(error: BaseException) -> str:
    """One sentence or two for the reader: what happened and what to do. Never a key, never a body."""
    kind = getattr(error, "type", None)
    if isinstance(error, CredentialsError):
        return str(error)
    if isinstance(error, APITimeoutError):
        return f"{_said(error, 'Claude did not answer in time.')} What came is kept; try again."
    if isinstance(error, APIStatusError):
        advice = _ADVICE.get(kind or "", "") or _ADVICE.get(str(error.status_code), "Try again.")
        if (seconds := retry_after(error)) is not None:
            advice = f"Claude asks to wait {seconds:.0f} s before you try again."
        said = (error.api_message or "").strip().rstrip(".")
        where = f" ({kind or error.status_code}{f', request {error.request_id}' if error.request_id else ''})"
        return f"{said or 'Claude refused the request'}{where}. {advice}"
    if isinstance(error, APIConnectionError):
        return f"{_said(error, _why_not_connected(error))} What came is kept; try again."
    return f"{type(error).__name__}: {error}"


def explain_outside(error: BaseException) -> str:
    """The same for somebody who does not own the account: nothing of it, and no word of the API's own."""
    if isinstance(error, APIConnectionError):
        return f"{_said(error, 'Claude could not be reached from this server.')} What came is kept; try again."
    if not isinstance(error, APIStatusError):
        return "This server cannot ask Claude at the moment; whoever runs it finds the reason in its log."
    if (seconds := retry_after(error)) is not None:
        return f"Claude is busy and asks to wait {seconds:.0f} s before you try again."
    return _OUTSIDE.get(
        error.type or str(error.status_code),
        "Claude refused the request; whoever runs this server finds the reason in its log.",
    )


def _said(error: Exception, otherwise: str) -> str:
    return str(error) if "broke off" in str(error) else otherwise


def _why_not_connected(error: BaseException | None) -> str:
    """The first reason under an error of the SDK's that a reader can do something about."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return "The connection to Claude failed: its address was not found. Check the network and base_url."
        if isinstance(error, ssl.SSLError):
            return (
                "The connection to Claude failed: it could not be made secure (TLS). Check proxies and base_url."
            )
        if isinstance(error, ConnectionRefusedError):
            return "The connection to Claude failed: nobody answers at that address. Check base_url."
        error = error.__cause__ or error.__context__
    return "The connection to Claude failed."


_ADVICE = {
    "authentication_error": "Check ANTHROPIC_API_KEY or the client you passed.",
    "401": "Check ANTHROPIC_API_KEY or the client you passed.",
    "permission_error": "This key may not use that model or feature.",
    "billing_error": "Check the credit of the account this key belongs to.",
    "not_found_error": "Check the model's name.",
    "invalid_request_error": "Change the request and ask again.",
    "request_too_large": "Send less: shorten the conversation or the attachments.",
    "rate_limit_error": "Wait a moment and try again.",
    "overloaded_error": "Claude is busy; wait a moment and try again.",
}

_OUTSIDE = {
    "invalid_request_error": "Claude refused the request as invalid; change it and ask again.",
    "request_too_large": "The request is too large; shorten the conversation or the attachments.",
    "rate_limit_error": "Claude is busy; wait a moment and try again.",
    "overloaded_error": "Claude is busy; wait a moment and try again.",
    "api_error": "Claude had an error of its own; try again.",
    "timeout_error": "Claude did not answer in time; try again.",
}
