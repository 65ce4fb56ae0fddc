"""Keys of rows: a hash of the request that a row sends, by which its answer is found again.

Two rows with the same request have the same key, in this run and in the next. A key has nothing of the client, of
headers, or of any field whose name speaks of a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from ...conversation.request.default_fields import THINKING

KEY_CHARS = 32
"""Length of a key in hexadecimal digits: 128 bits, so that no two of a billion rows share one by chance."""

_LEFT_OUT = frozenset(
    {
        "cache_control",
        "extra_headers",
        "extra_query",
        "max_tokens",
        "messages",
        "metadata",
        "service_tier",
        "timeout",
    }
)
"""Fields that do not change what a complete answer says. A run with a higher `max_tokens` asks only the rows that
the lower one has cut off."""

_WITHOUT_SECRETS = frozenset(
    {"messages", "model", "output_config", "stop_sequences", "system", "thinking", "tool_choice", "tools"}
)
"""Fields that hold no keys of other services. In all others, members whose names speak of secrets are left out."""

_SECRET = re.compile(r"token$|secret|passw|api_?key|(^|_)auth|credential|cookie", re.IGNORECASE)


class RowKeys:
    """Makes the keys of one run.

    Args:
        request: The fields that every request sends.
        messages: The messages before each row's own.
        template: The prompt's text; `None` for a function.

    Attributes:
        parts: A hash for each part of the run that all its rows share, by the part's name.
    """

    def __init__(
        self, request: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], template: str | None
    ) -> None:
        fields = {
            name: value if name in _WITHOUT_SECRETS else _public(value)
            for name, value in request.items()
            if name not in _LEFT_OUT
        }
        if fields.get("thinking") is THINKING:
            # A later version may have a better default, and its answers are as good.
            del fields["thinking"]
        if messages:
            fields["messages"] = list(messages)
        self._base = _canonical(fields)
        named = {"output" if name == "output_config" else name: value for name, value in fields.items()}
        self.parts = {name: _digest(_canonical(value))[:16] for name, value in named.items()}
        self.parts["prompt"] = "function" if template is None else _digest(template)[:16]

    def key_of(self, blocks: Sequence[Mapping[str, Any]]) -> str:
        """Return the key of a row by the content of its message."""
        return _digest(f"{self._base}\n{_canonical(blocks)}")[:KEY_CHARS]


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _public(value: Any) -> Any:
    """Return a value without the members whose names speak of secrets."""
    if isinstance(value, Mapping):
        return {name: _public(item) for name, item in value.items() if not _SECRET.search(str(name))}
    if isinstance(value, list | tuple):
        return [_public(item) for item in value]
    return value


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
