"""The last exception of a tool: no cell shows it, because its text goes to Claude as the call's result."""

from __future__ import annotations

import sys

_last: tuple[BaseException, object] | None = None
"""The exception, and the one that a cell had shown last at that moment."""


def record_failure(error: BaseException) -> None:
    """Keep the exception with which a tool has failed."""
    global _last
    _last = (error, shown_error())


def last_failure(shown: object) -> BaseException | None:
    """Return the last exception of a tool, if no cell has failed since.

    Args:
        shown: The exception that a cell has shown last; `None` if there is none.
    """
    return _last[0] if _last is not None and _last[1] is shown else None


def shown_error() -> BaseException | None:
    """Return the exception that a cell, or the prompt of a terminal, has shown last."""
    return getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
