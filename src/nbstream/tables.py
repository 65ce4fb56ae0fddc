"""Tables of pandas and polars as Markdown. Neither is imported: whoever passes one has it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .core.table import COLUMNS, ROWS, clipped, pipe_table

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
