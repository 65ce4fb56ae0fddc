"""Fences of sanitised Markdown, which every renderer opens and closes at the same lines.

The twin is `js/src/core/saved/safe-fences.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_FENCE_COLUMN = 100
"""Column up to which a fence keeps its indentation. A deeper one moves to the margin, because every line of its
code would be indented as far."""

OPENING = re.compile(
    r"^((?:[ \t]*>)*)([ \t]*)((?:(?:[-*+]|[0-9]{1,9}[.)])[ ]{1,4})?)"
    r"(`{3,}(?=[^`]*$)|~{3,})[ \t]*([A-Za-z0-9_+#.-]*)"
)
# Under a list's marker and a fence, Pandoc takes such a line for a table's.
_RULER = re.compile(r"[ \t]*[-=|:+][-=|:+ \t]*$")
# The code of these languages has fences of its own, and ends where a reader sees its end.
_MARKDOWN = {"markdown", "md", "mdx", "qmd", "rmd"}
_INNER = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*(?:[A-Za-z][A-Za-z0-9_+#.-]{0,39}[ \t]*)?$")
_MARKERS = re.compile(r"^[ \t]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)+")


def update_list_items(items: list[int], line: str) -> int:
    """Update the list items that contain a line.

    Args:
        items: The column at which each item's content begins, outermost first. It is changed in place.
        line: The line.

    Returns:
        The content column of the innermost item.
    """
    if line.strip(" \t"):
        column = indent_columns(line)
        while items and items[-1] > column:
            items.pop()
        if marker := _MARKERS.match(line):
            items.append(len(marker[0].expandtabs(4)))
    return items[-1] if items else 0


def convert_fence(lines: list[str], at: int, opening: re.Match[str], items: list[int]) -> tuple[list[str], int]:
    """Convert a fenced block to one that is a fence both inside and outside a list item.

    The blank lines around the block end any construct that a renderer might continue into it. The block's lines
    are indented like its fences, so that a renderer that sees no list item there sees indented code. Quoted code
    is moved out of its quote, because not all renderers treat the blank lines of a quote as blank.

    Args:
        lines: All lines of the text.
        at: The index of the line after the opening fence.
        opening: The match of the opening fence.
        items: The list items that contain the block; see `update_list_items`.

    Returns:
        The lines of the converted block, and the index of the line after it.
    """
    quote, indent, marker, fence, info = opening.groups()
    depth = quote.count(">")
    # The column of the fence. More than three columns past its list item's content it would be indented code.
    fence_column = column = 0 if depth else len((indent + marker).expandtabs(4))
    if fence_column > MAX_FENCE_COLUMN:
        indent = marker = ""
        column = 0
    elif not marker:
        column = min(column, update_list_items(items, indent + "`") + 3)
    end = _FenceEnd(fence, info, fence_column)
    content: list[str] = []
    while at < len(lines):
        line = lines[at]
        if depth:
            inside = re.match(rf"(?:[ \t]*>){{{depth}}} ?", line)
            if inside is None:
                break
            line = line[inside.end() :]
        at += 1
        if end.is_at(line):
            break
        content.append(_remove_indent(line, column))
    ticks = longer_fence(content)
    info = "" if info.lower().startswith("mermaid") else info
    pad = " " * column
    first = pad if depth or not marker else (indent.expandtabs(4) + marker)
    if first != pad and content and _RULER.match(content[0]):
        return [
            first + "\u200b",
            "",
            pad + ticks + info,
            *(pad + line if line else "" for line in content),
            pad + ticks,
        ], at
    return [first + ticks + info, *(pad + line if line else "" for line in content), pad + ticks], at


class _FenceEnd:
    """Search for the end of a fenced block, line by line, beyond the fences inside it."""

    def __init__(self, fence: str, info: str, column: int) -> None:
        self._fence = fence
        self._column = column
        self._holds_fences = info.lower() in _MARKDOWN
        self._inner = ""

    def is_at(self, line: str) -> bool:
        """Return whether this line, the next one of the block, ends it."""
        match = _INNER.match(line)
        if match is None or indent_columns(line) >= self._column + 4:
            return False
        mark = match[1]
        opens = line.strip(" \t") != mark
        if not mark.startswith(self._inner or self._fence) or (opens and (self._inner or not self._holds_fences)):
            return False
        is_end = not opens and not self._inner
        self._inner = mark if opens else ""
        return is_end


def longer_fence(content: Iterable[str]) -> str:
    """Return a fence that is longer than every run of backticks in the content."""
    longest = max((len(run) for line in content for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)


def indent_columns(line: str) -> int:
    """Return the number of columns of white space at the beginning of a line."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _remove_indent(line: str, column: int) -> str:
    """Remove the white space in the first `column` columns of a line."""
    if column == 0:
        return line
    text = line.lstrip(" \t")
    white = line[: len(line) - len(text)].expandtabs(4)
    return white[min(column, len(white)) :] + text
