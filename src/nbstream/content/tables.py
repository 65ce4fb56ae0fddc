"""Tables of pandas and polars as Markdown.

This module imports neither of the two libraries, because a caller that passes a table has imported its library
already.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ROWS = 50
"""The most rows that are sent. They show the kind of data in a table; a tool can work through all of its rows."""

MAX_COLUMNS = 30
"""The most columns that are sent. A row of more than about thirty cells can no longer be read as one row."""

MAX_CELL_CHARS = 200
"""Length to which the text of a cell is cut. One cell with a whole document would leave no room for the others."""

MAX_TABLE_CHARS = 20_000
"""The most characters of all rows together. They are some 7,000 tokens, which each later turn of the conversation
sends again."""

MAX_TYPE_NAME_CHARS = 60
"""Length to which a column's name is cut in the list of types; the table has the whole name."""

MAX_OMITTED_NAMES = 500
"""The most names of left-out columns that are joined for the note below a table."""

MAX_NAMES_CHARS = 500
"""Length to which the joined names of left-out columns are cut."""

_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_PIPE = re.compile(r"(\\*)\|")


def as_markdown(value: object) -> str | None:
    """Write a data frame or series as Markdown, headed by its shape and types; return `None` if it is neither."""
    for library, read in (("pandas", _read_pandas), ("polars", _read_polars)):
        frame, series = (imported(library, name) for name in ("DataFrame", "Series"))
        if series is not None and isinstance(value, series):
            return describe(f"{library} Series", read(value.to_frame()))
        if frame is not None and isinstance(value, frame):
            return describe(f"{library} DataFrame", read(value))
    return None


def is_table(value: object) -> bool:
    """Tell whether a value is a data frame or a series of pandas or polars."""
    kinds = [imported(library, name) for library in ("pandas", "polars") for name in ("DataFrame", "Series")]
    return isinstance(value, tuple(kind for kind in kinds if kind is not None))


def imported(module: str, name: str) -> Any | None:
    """Return an attribute of a module that has been imported already; return `None` if it has not."""
    return getattr(sys.modules.get(module), name, None)


@dataclass(frozen=True)
class TableExcerpt:
    """The part of a table that is sent, and the number of rows of the whole table.

    Attributes:
        columns: The names of all columns.
        types: The types of the columns that are sent.
        rows: The rows that are sent, as lists of texts.
        height: The number of rows of the whole table; `None` where counting them may take long, and there are more
            than in `rows`.
        keys: The heading of the index and the index of each row, as texts; empty for the default index.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[str]]
    height: int | None
    keys: Sequence[str] = ()


def _read_pandas(frame: Any) -> TableExcerpt:
    excerpt = frame.iloc[:MAX_ROWS, :MAX_COLUMNS]
    index = excerpt.index
    keys = []
    # The default index is a running number and carries no information.
    if type(index).__name__ != "RangeIndex" or index.name is not None:
        keys = [", ".join("" if name is None else str(name) for name in index.names), *map(_cell, index)]
    rows = cells(excerpt.itertuples(index=False, name=None))
    return TableExcerpt(list(map(_cell, frame.columns)), list(map(str, excerpt.dtypes)), rows, len(frame), keys)


def _read_polars(frame: Any) -> TableExcerpt:
    excerpt = frame.head(MAX_ROWS)[:, :MAX_COLUMNS]
    return TableExcerpt(list(frame.columns), list(map(str, excerpt.dtypes)), cells(excerpt.rows()), frame.height)


def describe(kind: str, table: TableExcerpt) -> str:
    """Write a heading with the table's shape and types, and the table below it."""
    height, width = table.height, len(table.columns)
    rows = f"more than {len(table.rows):,} rows" if height is None else f"{height:,} {_plural('row', height)}"
    head = f"{kind}, {rows} × {width:,} {_plural('column', width)}"
    if not width:
        return head
    columns = zip(table.columns, table.types, strict=False)
    types = ", ".join(f"{shorten(name, MAX_TYPE_NAME_CHARS)}: {type_}" for name, type_ in columns)
    note = "\n… further rows left out" if height is None else ""
    count = len(table.rows) if height is None else height
    return f"{head} ({types})\n\n{pipe_table(table.columns, table.rows, count, table.keys)}{note}"


def is_list_of_records(value: object) -> bool:
    """Tell whether a value is a list of dicts that are data, and no list of content blocks."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, Mapping) and not isinstance(item.get("type"), str) for item in value)
    )


def records_as_markdown(records: Sequence[Mapping[Any, Any]]) -> str:
    """Write a list of dicts as Markdown, with a column for each key in any of them."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    sent = columns[:MAX_COLUMNS]
    rows = cells([record.get(column) for column in sent] for record in records[:MAX_ROWS])
    kinds = [{type(record[column]).__name__: None for record in records if column in record} for column in sent]
    excerpt = TableExcerpt(list(map(str, columns)), [" | ".join(kind) for kind in kinds], rows, len(records))
    return describe("list of dicts", excerpt)


def cells(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    """Write the cells of rows as texts."""
    return [list(map(_cell, row)) for row in rows]


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Ten digits are enough for any measured value, and they turn 0.30000000000000004 into 0.3.
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return ", ".join(map(_cell, value))
    return str(value)


def pipe_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], count: int | None = None, keys: Sequence[str] = ()
) -> str:
    """Write a table in GitHub's Markdown, with a note below it if something was left out.

    Args:
        columns: The names of all columns.
        rows: The first rows. Rows after the first `MAX_ROWS`, and cells after the first `MAX_COLUMNS`, are not
            used.
        count: The number of rows of the whole table; by default the number of `rows`.
        keys: The heading of an additional first column, and then that column's cell for each row.
    """
    if not columns:
        return ""
    heading = [*keys[:1], *columns[:MAX_COLUMNS]]
    lines = [_line(heading), "|" + " --- |" * len(heading)]
    chars = sum(map(len, lines))
    shortened = 0
    for index, row in enumerate(rows[:MAX_ROWS], 1):
        cells = [*keys[index : index + 1], *row[:MAX_COLUMNS]]
        line = _line(cells)
        chars += len(line)
        if chars > MAX_TABLE_CHARS:
            break
        lines.append(line)
        shortened += sum(len(_one_line(cell)) > MAX_CELL_CHARS for cell in cells)
    note = _note(columns, len(lines) - 2, len(rows) if count is None else count, shortened)
    return "\n".join([*lines, *note])


def shorten(text: str, max_chars: int = MAX_CELL_CHARS) -> str:
    """Put `text` on one line and cut it to `max_chars` characters."""
    text = _one_line(text, max_chars)
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"


def _one_line(text: str, max_chars: int = MAX_CELL_CHARS) -> str:
    """Put the beginning of `text` on one line; a result longer than `max_chars` shows that it must be cut."""
    return _LINE_BREAK.sub("<br>", text[: max_chars + 1])


def _line(cells: Sequence[str]) -> str:
    return "".join(f"| {_PIPE.sub(_escape, shorten(cell))} " for cell in cells) + "|"


def _escape(pipe: re.Match[str]) -> str:
    # Backslashes before the pipe are doubled. Otherwise the last one would escape the backslash that escapes the
    # pipe.
    return pipe[1] * 2 + "\\|"


def _note(columns: Sequence[str], sent_rows: int, count: int, shortened: int) -> list[str]:
    """Write the note that names the rows and columns left out and counts the cells that were cut."""
    omitted = []
    names = ""
    if count > sent_rows:
        omitted.append(f"{count - sent_rows:,} of {count:,} rows")
    if len(columns) > MAX_COLUMNS:
        omitted.append(f"{len(columns) - MAX_COLUMNS:,} of {len(columns):,} columns")
        beyond = columns[MAX_COLUMNS : MAX_COLUMNS + MAX_OMITTED_NAMES]
        names = ": " + shorten(", ".join(beyond), MAX_NAMES_CHARS)
    notes = [" and ".join(omitted) + " left out" + names] if omitted else []
    if shortened:
        notes.append(f"cells cut at {MAX_CELL_CHARS} characters: {shortened:,}")
    return ["", f"… {'; '.join(notes)}"] if notes else []
