"""Emphasis beside CJK characters and tildes."""

from __future__ import annotations

import re
import unicodedata

from .code import MATH, in_code

# A span of strong text may end where one of emphasis begins.
_SPAN = re.compile(
    rf"{MATH}|"
    r"(?<![*\\])(?P<marks>\*{1,3})(?=[^\s*])(?P<inner>[^*\n$]*[^\s*\\$])(?P=marks)"
    r"(?:(?!\*)|(?<=[^*]\*\*)(?=\*[^\s*]))"
)
_ELEMENTS = {1: ("em",), 2: ("strong",), 3: ("em", "strong")}
_CJK = re.compile(
    "[\u1100-\u11ff\u20a9\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c"
    "\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffdc\uffe0-\uffee\U00020000-\U0003fffd]"
)


def write_emphasis(text: str) -> str:
    """Write emphasis as elements beside CJK characters and tildes, where the others would show its marks."""
    if "*" not in text or not (_CJK.search(text) or "~~" in text):
        return text
    starts_in_code, ends_in_code = in_code(text), in_code(text)

    def written(found: re.Match[str]) -> str:
        inner = found["inner"]
        if inner is None:
            return found[0]
        left = text[max(0, found.start() - 1) : found.start()]
        right = text[found.end() : found.end() + 2].lstrip("*")[:1]
        opens = _is_mark(inner[0]) and not _is_space_or_mark(left)
        closes = _is_mark(inner[-1]) and not _is_space_or_mark(right)
        if not opens and not closes:
            return found[0]
        if (opens and not _is_friendly(left, inner[0])) or (closes and not _is_friendly(right, inner[-1])):
            return found[0]
        if starts_in_code(found.start()) or ends_in_code(found.end() - 1):
            return found[0]
        names = _ELEMENTS[len(found["marks"])]
        return "".join(f"<{name}>" for name in names) + inner + "".join(f"</{name}>" for name in reversed(names))

    return _SPAN.sub(written, text)


def _is_friendly(outer: str, mark: str) -> bool:
    return mark == "~" or _CJK.match(outer) is not None or _CJK.match(mark) is not None


def _is_mark(char: str) -> bool:
    return char != "" and unicodedata.category(char)[0] in "PS"


def _is_space_or_mark(char: str) -> bool:
    return char == "" or char.isspace() or _is_mark(char)
