"""Tables: the pipes of formulas and code in a cell, and of a table with one column."""

from __future__ import annotations

import re

from ..safe_inline import code_spans, to_entities
from .code import MATH, PREFIX

MAX_HEAD_CHARS = 100
"""The most characters of a table's head that has no pipe. `FIRST_CELL_CHARS` of the page has the same value."""

# Every pattern must be fast on text of any length: a repeated part excludes the first character of the next part.
_START = re.compile(f"^{PREFIX}")
_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?")
_PIPE = re.compile(r"(?<!\\)\|")
_CELL_MATH = re.compile(rf"{MATH}|\\\\?\([^\n$`]*?\\\)")


def close_cells(lines: list[str]) -> list[str]:
    """Write out the pipes in formulas and code of a table's rows that would otherwise have too many cells."""
    bare = [_START.sub("", line) for line in lines]
    at = next((n for n, line in enumerate(bare) if n and _is_delimiters(line)), None)
    if at is None:
        return lines
    columns = _count_cells(bare[at])
    closed = [_closed(line, columns) if n >= at - 1 else line for n, line in enumerate(lines)]
    head = _START.sub("", closed[at - 1])
    is_table = _count_cells(head) == columns and ("|" in head or len(head) <= MAX_HEAD_CHARS)
    return _framed_table(closed, at, columns) if is_table else closed


def _framed_table(lines: list[str], at: int, columns: int) -> list[str]:
    """Write as many cells in each row as the table has columns, and the pipes around them.

    nbconvert shows no table in which a row has other cells, and most renderers none of one column without pipes.

    Args:
        lines: The lines of a paragraph.
        at: The line of the table's delimiters.
        columns: The number of columns.
    """
    end = next((n for n in range(at, len(lines)) if not _goes_on(lines[n], lines[at - 1])), len(lines))
    rows = lines[at - 1 : end]
    missing = [columns - _count_cells(_START.sub("", row)) for row in rows]
    if not any(missing) and all(map(_is_framed, rows)):
        return lines
    # A row of one character may lack hundreds of cells.
    if sum(missing) > sum(map(len, rows)):
        return lines
    return [*lines[: at - 1], *(_framed(row, columns) for row in rows), *lines[end:]]


def _goes_on(row: str, head: str) -> bool:
    """Return whether a line is in the same quotes and items as the head of a table, and begins no others."""
    first, prefix = _prefix(head), _prefix(row)
    is_item = re.search(r"[^ \t>]", first) is not None
    is_inside = len(prefix) >= len(first) if is_item else True
    return prefix.strip(" \t>") == "" and prefix.count(">") == first.count(">") and is_inside


def _is_delimiters(line: str) -> bool:
    return ("|" in line or ":" in line) and _DELIMITERS.fullmatch(line.rstrip()) is not None


def _prefix(row: str) -> str:
    return row[: len(row) - len(_START.sub("", row))]


def _is_framed(row: str) -> bool:
    row = row[len(_prefix(row)) :].rstrip()
    return row.startswith("|") and row.endswith("|") and not row.endswith("\\|") and len(row) > 1


def _framed(row: str, columns: int) -> str:
    before = _prefix(row)
    cells = _PIPE.split(row[len(before) :].strip(" \t"))
    cells = cells[cells[0].strip() == "" and len(cells) > 1 :]
    cells = cells[: len(cells) - (cells[-1].strip() == "" and len(cells) > 1)]
    padded = [*cells, *[""] * columns][:columns]
    joined = " | ".join(cell.strip(" \t") for cell in padded)
    return f"{before}| {joined} |"


def _count_cells(row: str) -> int:
    row = row.lstrip(" \t").rstrip()
    closes = row.endswith("|") and not row.endswith("\\|") and len(row) > 1
    return len(_PIPE.findall(row)) + 1 - row.startswith("|") - closes


def _closed(row: str, columns: int) -> str:
    """Write out the pipes in a row's formulas and code, if it has too many cells or escapes in code."""
    if _count_cells(_START.sub("", row)) <= columns and "\\|" not in row:
        return row
    out: list[str] = []
    end = 0
    for start, span_end, ticks in [*code_spans(row), (len(row), len(row), 0)]:
        out.append(_CELL_MATH.sub(lambda math: _PIPE.sub(r"\\vert ", math[0]), row[end:start]))
        span = row[start:span_end]
        # nbconvert shows the backslash before a pipe in code.
        code = to_entities(span[ticks:-ticks].replace("\\|", "|")) if "|" in span else ""
        out.append(f"<code>{code}</code>" if code else span)
        end = span_end
    closed = "".join(out)
    return closed if _count_cells(_START.sub("", closed)) >= columns else row
