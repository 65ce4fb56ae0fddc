"""A reply's failure as a sentence for the user, with the facts on which the next step depends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..budget import NotAuthorizedError

log = logging.getLogger("nbstream")

Explain = Callable[[BaseException], str]

NO_SDK = "Claude cannot be asked from here at the moment."
"""The error that people who do not own the API account see if the SDK cannot be loaded."""


@dataclass(frozen=True)
class Failure:
    """Description of an exception that ended a reply.

    Attributes:
        text: One sentence for the user: the cause and the remedy.
        retry_after_seconds: The time after which the API wants to be asked again; `None` if it did not say so.
        is_error_answer: The API answered the request with an error.
        refuses_content: The API refused a part of the request, and would refuse it again.
        is_too_long: The request is longer than the model's context window.
    """

    text: str
    retry_after_seconds: float | None = None
    is_error_answer: bool = False
    refuses_content: bool = False
    is_too_long: bool = False


def describe_failure(error: BaseException, explain: Explain | None, *, is_sdk_loaded: bool) -> Failure:
    """Describe the exception that ended a reply.

    Args:
        error: The exception.
        explain: Explains a failure in one sentence; `None` explains it to the owner of the API account.
        is_sdk_loaded: Whether the SDK could be loaded, whose classes the other modules recognize.
    """
    if isinstance(error, NotAuthorizedError):
        return Failure(str(error))
    if not is_sdk_loaded:
        if explain is None:
            return Failure(repr(error))
        log.warning("Claude's SDK cannot be used: %r", error)
        return Failure(NO_SDK)
    from ...claude.failures import errors

    return Failure(
        (explain or errors.explain)(error),
        errors.retry_after(error),
        errors.is_error_answer(error),
        errors.refuses_content(error),
        errors.is_too_long(error),
    )
