"""What holds for all chats of a kernel: which was used last, and how long a reply may run with nobody there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .widget import Chat

_last: Chat | None = None


def remember(chat: Chat) -> None:
    """This chat is used now."""
    global _last
    _last = chat


def last() -> Chat | None:
    """The chat that was used last."""
    return _last


def abandon_after() -> float | None:
    """`nbstream.abandon_after` as the reader has set it by now.

    Raises:
        ValueError: It is no number above 0 and not `None`.
    """
    seconds = sys.modules[str(__package__)].abandon_after
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError(
            f"nbstream.abandon_after is {seconds!r}; give the seconds without a page after which a reply is "
            "stopped, above 0, or None to let it run."
        )
    return float(seconds)
