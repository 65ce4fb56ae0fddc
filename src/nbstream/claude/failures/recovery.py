"""Recovery from a failed request among many: wait with all, repeat this one, give it up, or give all up."""

from __future__ import annotations

from enum import Enum, auto

from anthropic import APIConnectionError, APIResponseValidationError, APIStatusError, CredentialsError

from .advice import Reason, reason_of
from .errors import is_retryable, retry_after

BUSY_STATUS_CODES = frozenset({429, 503, 529})
BUSY_TYPES = frozenset({"rate_limit_error", "overloaded_error"})
"""The status codes and the error types of servers that take no more requests for a while."""

REFUSED_STATUS_CODES = frozenset({401, 402, 403, 404, 405, 407})
"""The status codes of a refusal that no other request of the same client and model would escape."""

LASTING_REASONS: frozenset[Reason] = frozenset(
    {
        "billing",
        "blocked account",
        "daily limit",
        "expired sign-in",
        "place",
        "proxy sign-in",
        "retired model",
        "unknown model",
    }
)
"""Reasons of a refusal that stay for longer than a run would wait."""

MAX_WAIT_SECONDS = 600.0
"""If the API asks to wait longer than this, there is no further attempt."""

TRANSIENT_STATUS_CODES = frozenset({408, 409})
SERVER_ERROR_STATUS_CODE = 500
"""From this status code on, the failure is the server's."""


class Recovery(Enum):
    """What to do after a failed request."""

    WAIT = auto()
    """The server takes no more requests for now: all requests wait, and this one is sent again."""
    REPEAT = auto()
    """This request may succeed when it is sent again."""
    GIVE_UP = auto()
    """This request will always fail; others may succeed."""
    GIVE_UP_ALL = auto()
    """All requests will fail."""


def recovery_of(error: BaseException) -> Recovery:
    """Return the recovery from a failure."""
    if isinstance(error, CredentialsError | APIResponseValidationError):
        return Recovery.GIVE_UP_ALL
    if isinstance(error, APIConnectionError):
        return Recovery.REPEAT
    if not isinstance(error, APIStatusError):
        return Recovery.GIVE_UP
    # An event in a stream has the status 200 of its stream.
    if error.status_code in REFUSED_STATUS_CODES or reason_of(error) in LASTING_REASONS:
        return Recovery.GIVE_UP_ALL
    if error.status_code in BUSY_STATUS_CODES or error.type in BUSY_TYPES:
        seconds = retry_after(error)
        return Recovery.WAIT if seconds is None or seconds <= MAX_WAIT_SECONDS else Recovery.GIVE_UP_ALL
    is_server_error = error.status_code >= SERVER_ERROR_STATUS_CODE
    if is_server_error or error.status_code in TRANSIENT_STATUS_CODES or is_retryable(error):
        return Recovery.REPEAT
    return Recovery.GIVE_UP
