"""Settings of the package that users assign, read when they are needed."""

from __future__ import annotations

import sys


def abandon_after() -> float | None:
    """`nbstream.abandon_after` as the reader has set it by now.

    Raises:
        ValueError: It is no number above 0 and not `None`.
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
