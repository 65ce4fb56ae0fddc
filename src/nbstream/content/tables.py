"""Tables of pandas and polars as Markdown. Neither is imported: whoever passes one has it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

TYPES = 60
"""Characters for a column's name where its type is told; the whole name is in the table."""


def as_markdown(value: object) -> str | None:
    """A data frame or series as Markdown, headed by its shape and types; `None` if it is neither."""
    for library, read in (("pandas", _pandas), ("polars", _polars)):
        frame, series = (loaded(library, name) for name in ("DataFrame", "Series"))
        if series is not None and isinstance(value, series):
            return _told(f"{library} Series", read(value.to_frame()))
        if frame is not None and isinstance(value, frame):
            return _told(f"{library} DataFrame", read(value))
    return None


def is_told(text: str) -> bool:
    """Whether a text is what `as_markdown` made."""
    return _HEAD.match(text) is not None


def loaded(module: str, name: str) -> Any | None:
    """What a module that the reader has imported calls `name`."""
    return getattr(sys.modules.get(module), name, None)


_HEAD = re.compile(r"(pandas|polars) (DataFrame|Series), [\d,]+ rows? × [\d,]+ columns?\b")


@dataclass(frozen=True)
class _Part:
    """What is shown of a table, and how large all of it is."""

    columns: list[str]
    types: list[str]
    rows: list[list[str]]
    height: int
    keys: Sequence[str] = ()


def _pandas(frame: Any) -> _Part:
    part = frame.iloc[:ROWS, :COLUMNS]
    index = part.index
    keys = []
    # A running number that nobody chose says nothing.
    if type(index).__name__ != "RangeIndex" or index.name is not None:
        keys = [", ".join("" if name is None else str(name) for name in index.names), *map(_cell, index)]
    rows = _cells(part.itertuples(index=False, name=None))
    return _Part(list(map(_cell, frame.columns)), list(map(str, part.dtypes)), rows, len(frame), keys)


def _polars(frame: Any) -> _Part:
    part = frame.head(ROWS)[:, :COLUMNS]
    return _Part(list(frame.columns), list(map(str, part.dtypes)), _cells(part.rows()), frame.height)


def _told(kind: str, part: _Part) -> str:
    height, width = part.height, len(part.columns)
    head = f"{kind}, {height:,} {_many('row', height)} × {width:,} {_many('column', width)}"
    if not width:
        return head
    types = zip(part.columns, part.types, strict=False)
    said = ", ".join(f"{clipped(name, TYPES)}: {of}" for name, of in types)
    return f"{head} ({said})\n\n{pipe_table(part.columns, part.rows, height, part.keys)}"


def _cells(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    return [list(map(_cell, row)) for row in rows]


def _many(word: str, count: int) -> str:
    return word if count == 1 else word + "s"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Ten digits hold what was measured, and not 0.30000000000000004.
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return ", ".join(map(_cell, value))
    return str(value)


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
