"""Failures of a reply: as the SDK's exceptions, and as sentences for the user and for visitors of a server."""

from __future__ import annotations

import json
import socket
import ssl
from typing import Any, TypeVar

import httpx2
from anthropic import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    CredentialsError,
)

from ..sdk_internals import retry_after_seconds
from .address import address_advice, address_of, describe_body, has_slip
from .advice import advise, advise_visitor, reason_of

TRANSIENT_TYPES = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
"""The Messages API's error types for temporary failures: another attempt may succeed."""

CONTENT_STATUS_CODES = frozenset({400, 413, 422})
CONTENT_ERROR_TYPES = frozenset({"invalid_request_error", "request_too_large"})
"""The status codes and the Messages API's error types of errors about the content of a request."""

Error = TypeVar("Error", bound=APIConnectionError)


def as_api_error(error: Exception, request: httpx2.Request) -> Exception:
    """Convert an exception of the HTTP library or the parser into the one that the SDK would have raised."""
    if isinstance(error, APIError):
        return error
    if isinstance(error, httpx2.TimeoutException):
        return APITimeoutError(request=request)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        message = "The reply broke off: a line of it was damaged."
        return _mark_broken_off(APIConnectionError(message=message, request=request))
    if isinstance(error, httpx2.HTTPError | httpx2.StreamError):
        message = "The reply broke off: the connection was lost."
        return _mark_broken_off(APIConnectionError(message=message, request=request))
    return error


def truncated_error(request: Any = None) -> APIConnectionError:
    """Make the error for a reply without an end event, which the SDK alone would take for complete."""
    message = "The reply broke off: the connection ended before Claude's answer did."
    request = request or httpx2.Request("POST", "/v1/messages")
    return _mark_broken_off(APIConnectionError(message=message, request=request))


def stalled_error(seconds: float) -> APITimeoutError:
    """Make the error for a reply whose connection is open but has been silent for `seconds`."""
    error = APITimeoutError(request=httpx2.Request("POST", "/v1/messages"))
    error.message = f"The reply broke off: nothing has come from Claude for {seconds:g} s."
    error.args = (error.message,)
    return _mark_broken_off(error)


def is_retryable(error: Exception) -> bool:
    """Tell whether another attempt at a reply that failed may succeed."""
    if isinstance(error, APIStatusError):
        return error.type in TRANSIENT_TYPES
    return isinstance(error, APIConnectionError)


def is_error_answer(error: BaseException) -> bool:
    """Tell whether the API answered the request with an error: a 4xx or 5xx, or an `error` event in the stream."""
    return isinstance(error, APIStatusError)


def refuses_content(error: BaseException) -> bool:
    """Tell whether the API refused what a request contains, so that it would refuse the same content again."""
    return isinstance(error, APIStatusError) and (
        error.status_code in CONTENT_STATUS_CODES or error.type in CONTENT_ERROR_TYPES
    )


def is_too_long(error: BaseException) -> bool:
    """Tell whether the API refused a request because it is longer than the model's context window."""
    return isinstance(error, APIStatusError) and reason_of(error) == "too long"


def is_unsent(error: BaseException | None) -> bool:
    """Tell whether a request failed before any of it could reach the API."""
    while error is not None:
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
            return True
        error = error.__cause__
    return False


def parse_retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds after which the headers of a response say to ask again; `None` if they do not say so."""
    seconds = retry_after_seconds(headers)
    return seconds if seconds is not None and seconds > 0 else None


def retry_after(error: BaseException) -> float | None:
    """Return the seconds after which the API wants to be asked again; `None` if the failure does not say so."""
    return parse_retry_after(error.response.headers) if isinstance(error, APIStatusError) else None


def explain(error: BaseException) -> str:
    """Explain a failure to the user in one or two sentences, with advice and without any key or request body."""
    if isinstance(error, CredentialsError | APIResponseValidationError):
        return str(error)
    if isinstance(error, APITimeoutError):
        return f"{_broken_off_text(error) or 'Claude did not answer in time.'} The text so far is kept; try again."
    if isinstance(error, APIStatusError):
        return _explain_status(error)
    if isinstance(error, APIConnectionError):
        return f"{_broken_off_text(error) or _connection_failure(error)} The text so far is kept; try again."
    return f"{type(error).__name__}: {error}"


def explain_to_visitor(error: BaseException) -> str:
    """Explain a failure to a user of a server, who does not own the account.

    The explanation says nothing about the account, and does not quote the API's message.
    """
    if isinstance(error, APIConnectionError):
        reason = _broken_off_text(error) or "Claude could not be reached from this server."
        return f"{reason} The text so far is kept; try again."
    if not isinstance(error, APIStatusError):
        return "This server cannot ask Claude at the moment; its operator finds the reason in its log."
    if (seconds := retry_after(error)) is not None:
        return f"Claude is busy and asks to wait {seconds:.0f} s before you try again."
    return advise_visitor(error)


def _explain_status(error: APIStatusError) -> str:
    url = error.request.url
    advice = advise(error)
    if error.status_code in (404, 405) and (error.type is None or has_slip(url)):
        advice = address_advice(url)
    if (seconds := retry_after(error)) is not None:
        advice = f"Claude asks to wait {seconds:.0f} s before you try again."
    message = (error.api_message or "").strip().rstrip(".")
    if not message:
        message = f"{address_of(url)} answered with {_body_of(error)}"
    request = f", request {error.request_id}" if error.request_id else ""
    return f"{message} ({error.type or error.status_code}{request}). {advice}"


def _body_of(error: APIStatusError) -> str:
    if isinstance(error.body, str):
        return describe_body(error.body.encode(errors="replace"), error.response.headers.get("content-type", ""))
    return "nothing" if error.body is None else "JSON of another kind"


def _mark_broken_off(error: Error) -> Error:
    """Mark an error of a reply that broke off. Its message is nbstream's own text and may be shown to anybody."""
    error.broke_off = True  # type: ignore[attr-defined]
    return error


def _broken_off_text(error: APIConnectionError) -> str | None:
    """Return the message of an error that `_mark_broken_off` has marked; `None` for any other error."""
    return str(error) if getattr(error, "broke_off", False) else None


def _connection_failure(error: BaseException | None) -> str:
    """Explain a failed connection by the first of its causes that the user can do something about."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return "The connection to Claude failed: its address was not found. Check the network and base_url."
        if isinstance(error, httpx2.UnsupportedProtocol):
            return "The connection to Claude failed: base_url must begin with https:// or http://."
        if isinstance(error, ssl.SSLError):
            return (
                "The connection to Claude failed: it could not be made secure (TLS). Check proxies and base_url."
            )
        if isinstance(error, ConnectionRefusedError):
            return "The connection to Claude failed: no server answers at that address. Check base_url."
        error = error.__cause__ or error.__context__
    return "The connection to Claude failed."
