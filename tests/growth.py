"""Growth of a function's time with the length of its text, measured on a machine that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable

from counting import paused_coverage

ROUNDS = 8
"""How often a text is measured at most. A machine that is busy for a moment makes some rounds slow, not all."""

LEAST_SECONDS = 0.002
"""Shorter times are mostly the clock's."""


TAG_UNITS = (
    *("<b>", "<b>a</b>", "</b>", "<b>a ", "<B >a</B >", "<i><b></i></b>", "<sub>a<sup>b</sub>c</sup>"),
    *("<!--", "<!-- a ", "<!---->", "<!---->\n", "a <!-- b --> ", "> <!---->", "<!-->"),
    *("<code>", "<code>a", "<code>a</code> ", "<code>`", "<br>", "<br", "<b/>", "<b  ", "\\<b>", "<a@b.c>"),
    *(
        "**<b>a</b>**<i>",
        "<b>**",
        "<b>[",
        "<b>`",
        "<b>$a$</b>",
        "<b>|",
        "|<b>a</b>",
        "- <b>a</b>\n",
        "<b>a</b>\n\n",
    ),
    *("<details>", "<details>\n", "</details>\n", "<summary>", "<details><summary>a</summary>b</details>\n"),
)
"""Texts of tags that are repeated, in every place in which their partners or ends are looked for."""


def texts_of_tags(unit: str) -> Callable[[int], str]:
    """Return the function that makes a text of a unit, and behind it ends without a beginning."""
    return lambda chars: "a|\n-|\n" + unit * (chars // len(unit)) + "</i>" * (chars // 8)


def grows_with_text(
    run: Callable[[str], object], make: Callable[[int], str], short_chars: int, long_chars: int
) -> bool:
    """Tell whether a text that is `n` times as long takes less than `n` to the power 1.5 times as long.

    Work of the square takes `n` squared times as long. The texts take turns, and each time is the best so far, so
    that the figure comes nearer to the true one with each round. It is the thread's own time, without coverage.
    """
    most = (long_chars / short_chars) ** 1.5
    short, long = make(short_chars), make(long_chars)
    short_seconds = long_seconds = float("inf")
    with paused_coverage():
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
