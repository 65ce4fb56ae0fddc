"""Parts that a reader may fold, written so that every renderer shows them: a bold line, and what follows.

Not every renderer can fold, and a part without its end would hide the rest of the notebook's cell. The twin is
`js/src/core/saved/portable/details.ts`, and `js/src/core/markdown/html/details.ts` explains the reading.
"""

from __future__ import annotations

import re
from enum import Enum

from ..safe_fences import indent_columns

_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*")
_BEGIN = re.compile(r"<details(?:[ \t]{1,9}open(?:=\"\")?)?[ \t]{0,9}>[ \t]*", re.I)
_END = re.compile(r"</details[ \t]{0,9}>[ \t]*", re.I)
_END_BEHIND_TEXT = re.compile(r"</details[ \t]{0,9}>[ \t]*\Z", re.I)
_SUMMARY = re.compile(r"<summary[ \t]{0,9}>[ \t]*", re.I)
_SUMMARY_END = re.compile(r"</summary[ \t]{0,9}>[ \t]*", re.I)
_MAX_NESTED_DETAILS = 24
_CODE_INDENT_COLUMNS = 4


class _Summary(Enum):
    """State of the summary of the innermost `<details>`."""

    EXPECTED = "expected"
    OPEN = "open"
    OVER = "over"


class DetailsLines:
    """Converts the lines outside of code, one after the other."""

    def __init__(self) -> None:
        self._depth = 0
        self._summary = _Summary.OVER

    def convert(self, line: str, item_column: int) -> list[str]:
        """Return the lines that stand for a line.

        Args:
            line: The line.
            item_column: The column at which the content of the list item around it begins.
        """
        if not self._depth and "<" not in line:
            return [line]
        is_blank = not line.strip(" \t")
        if is_blank and self._summary is _Summary.OPEN:
            self._summary = _Summary.OVER
        prefix = _PREFIX.match(line)
        start = prefix[0] if prefix else ""
        rest = line[len(start) :]
        if is_blank or indent_columns(line) >= item_column + _CODE_INDENT_COLUMNS:
            return [line]
        if not self._depth and not _BEGIN.match(rest):
            return [line]
        return _as_lines(self._pieces(rest), start)

    def _pieces(self, rest: str) -> list[str]:
        """Return the texts of a line. A blank line belongs where a text is empty."""
        pieces: list[str] = []
        while True:
            if self._depth < _MAX_NESTED_DETAILS and (begin := _BEGIN.match(rest)):
                self._depth += 1
                self._summary = _Summary.EXPECTED
                pieces.append("")
                rest = rest[begin.end() :]
            elif self._depth and (end := _END.match(rest)):
                self._depth -= 1
                self._summary = _Summary.OVER
                pieces.append("")
                rest = rest[end.end() :]
            elif self._summary is _Summary.EXPECTED and (begin := _SUMMARY.match(rest)):
                self._summary = _Summary.OPEN
                rest = f"<strong>{rest[begin.end() :]}"
            elif self._summary is _Summary.OPEN and (end := _SUMMARY_END.search(rest)):
                self._summary = _Summary.OVER
                words = rest[: end.start()].rstrip(" \t")
                pieces += [f"{words}</strong>", ""]
                rest = rest[end.end() :]
            else:
                break
        if rest and self._summary is _Summary.EXPECTED:
            self._summary = _Summary.OVER
        if self._depth and (end := _END_BEHIND_TEXT.search(rest)):
            self._depth -= 1
            return [*pieces, rest[: end.start()], ""]
        return [*pieces, rest] if rest else pieces


def _as_lines(pieces: list[str], start: str) -> list[str]:
    """Return the lines of texts. The first one has what stands before them: marks of quotes and items."""
    has_marker = bool(start.strip(" \t>"))
    blank = start[: start.rfind(">") + 1]
    lines: list[str] = []
    for piece in pieces:
        if piece:
            lines.append(start + piece)
            start = re.sub(r"[^\t>]", " ", start)
            has_marker = False
        elif not has_marker:
            lines.append(blank)
    return [*lines, start] if has_marker else lines
