"""A table as Markdown for Claude: its first rows and columns, and a note of what was left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

ROWS = 50
"""Rows that are sent. Enough to see what a table holds; to work through all of it is a tool's business."""

COLUMNS = 30
"""Columns that are sent. Beyond some thirty a row is no longer read as one."""

CELL = 200
"""Characters of a cell. One cell with a document in it shall not take the place of all others."""

CHARACTERS = 20_000
"""Characters of all rows. Some 7,000 tokens, which each later turn of the conversation sends again."""

NAMES = 500
"""Characters for the names of the columns that were left out."""

_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_PIPE = re.compile(r"(\\*)\|")


def pipe_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], count: int | None = None, keys: Sequence[str] = ()
) -> str:
    """A table that GitHub's Markdown reads, with a note below it if something was left out.

    Args:
        columns: The names of all columns.
        rows: The first rows; nobody need make more than `ROWS` of them with `COLUMNS` cells each.
        count: How many rows there are in all; by default as many as were passed.
        keys: What the rows are called, in a column of its own before the others, its heading first.
    """
    if not columns:
        return ""
    shown = [*keys[:1], *columns[:COLUMNS]]
    lines = [_line(shown), "|" + " --- |" * len(shown)]
    size = sum(map(len, lines))
    cut = 0
    for at, row in enumerate(rows[:ROWS], 1):
        cells = [*keys[at : at + 1], *row[:COLUMNS]]
        line = _line(cells)
        size += len(line)
        if size > CHARACTERS:
            break
        lines.append(line)
        cut += sum(len(_flat(cell)) > CELL for cell in cells)
    note = _note(columns, len(lines) - 2, len(rows) if count is None else count, cut)
    return "\n".join([*lines, *note])


def clipped(text: str, most: int = CELL) -> str:
    """`text` on one line and at most `most` characters long."""
    text = _flat(text, most)
    return text if len(text) <= most else text[: most - 1] + "…"


def _flat(text: str, most: int = CELL) -> str:
    """The beginning of `text` on one line; longer than `most` if it has to be cut."""
    return _BREAK.sub("<br>", text[: most + 1])


def _line(cells: Sequence[str]) -> str:
    return "".join(f"| {_PIPE.sub(_escaped, clipped(cell))} " for cell in cells) + "|"


def _escaped(pipe: re.Match[str]) -> str:
    # A backslash before the pipe would otherwise escape the one that escapes it.
    return pipe[1] * 2 + "\\|"


def _note(columns: Sequence[str], shown: int, count: int, cut: int) -> list[str]:
    left = []
    names = ""
    if count > shown:
        left.append(f"{count - shown:,} of {count:,} rows")
    if len(columns) > COLUMNS:
        left.append(f"{len(columns) - COLUMNS:,} of {len(columns):,} columns")
        names = ": " + clipped(", ".join(columns[COLUMNS : COLUMNS + NAMES]), NAMES)
    said = [" and ".join(left) + " left out" + names] if left else []
    if cut:
        said.append(f"cells cut at {CELL} characters: {cut:,}")
    return ["", f"… {'; '.join(said)}"] if said else []
