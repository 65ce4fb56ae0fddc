"""Refusals of a request because of one of its fields, recognized in the answers of any server."""

from __future__ import annotations

import re
from collections.abc import Iterable

from anthropic import APIStatusError

REFUSING_STATUSES = frozenset({400, 404, 410, 422})
"""Statuses with which servers refuse a field. 400 is the Claude API's, 422 that of many gateways; 404 and 410 tell
that a container is gone. An error event has status 200 and the type `invalid_request_error`."""

_IN_A_MESSAGE = re.compile(r"\s*messages\.\d")
"""Matches the beginning of an error about an earlier turn. Such an error may name a field that is not its reason,
as in "messages.1.content.0.thinking: Field required"."""

_NEEDS_THINKING = re.compile(r"\bwhen .?thinking.? is enabled\b", re.IGNORECASE)
"""Matches an error about an earlier turn that is no error without the field `thinking`."""

_IS_UNKNOWN = re.compile(
    r"extra (inputs|fields)|not (permitted|supported|recognized|known)|n.t support|unsupported|un(known|expected)"
    r"|unrecogni[sz]ed|input (tag|should)",
    re.IGNORECASE,
)
"""Matches an error about a field that the server or the model never takes. Other errors are about one request, as
in "Thinking may not be enabled when tool_choice forces tool use"."""

_IS_MISSED = re.compile(r"\bis required\b", re.IGNORECASE)


def named_fields(error: Exception, sent: Iterable[str]) -> set[str]:
    """Return those of the sent fields that an error names as the reason of a refusal.

    Args:
        error: The failure of a request.
        sent: Names of fields of the request.
    """
    if not isinstance(error, APIStatusError):
        return set()
    if error.status_code not in REFUSING_STATUSES and error.type != "invalid_request_error":
        return set()
    text = _text_of(error)
    if (_IN_A_MESSAGE.match(text) and not _NEEDS_THINKING.search(text)) or _IS_MISSED.search(text):
        return set()
    return {name for name in sent if re.search(rf"(?<![a-z]){re.escape(name)}", text, re.IGNORECASE)}


def is_lasting(error: Exception) -> bool:
    """Tell whether a server that refused a field with this error will never take it for the same model."""
    return isinstance(error, APIStatusError) and _IS_UNKNOWN.search(_text_of(error)) is not None


def _text_of(error: APIStatusError) -> str:
    # The words may stand anywhere: each gateway has a form of its own, and some answer with plain text.
    return error.api_message or (str(error.body) if error.body else error.message)
