"""Text without its code spans, which stay as they are, and the patterns that the rewriting shares."""

from __future__ import annotations

from collections.abc import Callable

from ..safe_inline import code_spans

# Every pattern must be fast on text of any length: a repeated part excludes the first character of the next part.
PREFIX = r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*"
"""The marks of quotes and items before a line's text."""

MATH = r"\$\$[^$\n]+\$\$|\$(?![\s$])[^$\n]*(?<![\s\\])\$(?![0-9])"


def rewrite_between(text: str, between: Callable[[str], str]) -> str:
    """Rewrite the text between the code spans."""
    out: list[str] = []
    end = 0
    for start, span_end, _ in [*code_spans(text), (len(text), len(text), 0)]:
        out.append(between(text[end:start]) + text[start:span_end])
        end = span_end
    return "".join(out)


def in_code(text: str) -> Callable[[int], bool]:
    """Return a function that tells whether an index is in a code span. It is asked from left to right."""
    spans = code_spans(text)
    here = next(spans, None)

    def is_in_code(at: int) -> bool:
        nonlocal here
        while here and here[1] <= at:
            here = next(spans, None)
        return here is not None and here[0] < at

    return is_in_code
