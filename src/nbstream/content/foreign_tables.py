"""Tables of further libraries as Markdown: pyarrow, DuckDB, lazy frames of polars, and all that narwhals reads.

Only the first rows are read of a table that is computed on demand, and its rows are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .tables import MAX_COLUMNS, MAX_ROWS, TableExcerpt, cells, describe, imported


def as_markdown(value: object) -> str | None:
    """Write a table as Markdown, headed by its shape and types; return `None` for anything else."""
    library, name = type(value).__module__.split(".")[0].strip("_"), type(value).__name__
    if (reader := _reader_of(value)) is not None:
        return describe(f"{library} {name}", reader(value))
    frame = _narwhals_frame(value)
    if frame is None:
        return None
    return describe(f"{library} {name}", _read_eager(frame) if hasattr(frame, "rows") else _read_lazy(frame))


def is_table(value: object) -> bool:
    """Tell whether `as_markdown` reads a value."""
    return _reader_of(value) is not None or _narwhals_frame(value) is not None


def _reader_of(value: object) -> Callable[[Any], TableExcerpt] | None:
    """Return the function that reads a table of a library without narwhals."""
    readers = (
        ("pyarrow", "Table", _read_arrow),
        ("pyarrow", "RecordBatch", _read_arrow),
        ("duckdb", "DuckDBPyRelation", _read_duckdb),
        ("polars", "LazyFrame", _read_lazy),
    )
    for module, name, reader in readers:
        class_ = imported(module, name)
        if class_ is not None and isinstance(value, class_):
            return reader
    return None


def _narwhals_frame(value: object) -> Any | None:
    """Return the frame that narwhals makes of a table of any library, if narwhals is installed."""
    # Plain values are frequent, and importing narwhals for them would take time.
    if type(value).__module__ in ("builtins", "pathlib", "numpy"):
        return None
    try:
        import narwhals
    except ImportError:
        return None
    frame = narwhals.from_native(value, pass_through=True)
    return frame if isinstance(frame, narwhals.DataFrame | narwhals.LazyFrame) else None


def _read_arrow(table: Any) -> TableExcerpt:
    names = list(table.schema.names)
    columns = [table.column(index).slice(0, MAX_ROWS).to_pylist() for index in range(len(names[:MAX_COLUMNS]))]
    types = [str(field.type) for field in list(table.schema)[:MAX_COLUMNS]]
    rows = cells(zip(*columns, strict=True))
    return TableExcerpt(names, types, rows, table.num_rows)


def _read_duckdb(relation: Any) -> TableExcerpt:
    return _excerpt(relation.columns, relation.types, relation.limit(MAX_ROWS + 1).fetchall())


def _read_lazy(frame: Any) -> TableExcerpt:
    return _excerpt(*_parts(frame.head(MAX_ROWS + 1).collect()))


def _read_eager(frame: Any) -> TableExcerpt:
    names, types, rows = _parts(frame.head(MAX_ROWS))
    return TableExcerpt(list(names), _types(types), _rows(rows), len(frame))


def _parts(frame: Any) -> tuple[list[str], list[Any], list[Any]]:
    """Return the names, the types and the rows of a data frame of polars or narwhals."""
    return frame.columns, list(frame.schema.values()), frame.rows()


def _excerpt(names: Iterable[str], types: Iterable[Any], rows: list[Any]) -> TableExcerpt:
    """Make the excerpt of a table of which one row more than is sent was read."""
    height = len(rows) if len(rows) <= MAX_ROWS else None
    return TableExcerpt(list(names), _types(types), _rows(rows), height)


def _types(types: Iterable[Any]) -> list[str]:
    return list(map(str, types))[:MAX_COLUMNS]


def _rows(rows: list[Any]) -> list[list[str]]:
    return cells(row[:MAX_COLUMNS] for row in rows[:MAX_ROWS])
