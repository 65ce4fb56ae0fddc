"""The chat that was used last in this process, which users read as `nbstream.last`."""

from __future__ import annotations

from typing import Any

_last: Any = None


def set_last(chat: Any) -> None:
    """Make `chat` the value of `nbstream.last`."""
    global _last
    _last = chat


def last() -> Any:
    """Return the chat that was used last; `None` if there is no chat yet."""
    return _last
