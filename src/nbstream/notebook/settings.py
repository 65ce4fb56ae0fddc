"""Readers of the package's settings, which users assign as attributes of `nbstream`."""

from __future__ import annotations

import sys


def abandon_after() -> float | None:
    """Return the present value of `nbstream.abandon_after`.

    Raises:
        ValueError: The value is neither a number above 0 nor `None`.
    """
    seconds = sys.modules["nbstream"].abandon_after
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError(
            f"nbstream.abandon_after is {seconds!r}; give the seconds without a page after which a reply is "
            "stopped, above 0, or None to let it run."
        )
    return float(seconds)
