"""Growth of a function's time with the length of its text, measured on a machine that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 8
"""How often a text is measured at most. A machine that is busy for a moment makes some rounds slow, not all."""

LEAST_SECONDS = 0.002
"""Shorter times are mostly the clock's."""


def grows_with_text(
    run: Callable[[str], object], make: Callable[[int], str], short_chars: int, long_chars: int
) -> bool:
    """Tell whether a text that is `n` times as long takes less than `n` to the power 1.5 times as long.

    Work of the square takes `n` squared times as long. The texts take turns, and each time is the best so far, so
    that the figure comes nearer to the true one with each round. It is the thread's own time.
    """
    most = (long_chars / short_chars) ** 1.5
    short, long = make(short_chars), make(long_chars)
    short_seconds = long_seconds = float("inf")
    for _ in range(ROUNDS):
        short_seconds = min(short_seconds, _seconds(run, short))
        long_seconds = min(long_seconds, _seconds(run, long))
        if long_seconds < most * max(short_seconds, LEAST_SECONDS):
            return True
    return False


def _seconds(run: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    run(text)
    return time.thread_time() - started
