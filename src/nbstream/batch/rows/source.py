"""Rows of all kinds that `nbstream.map` takes, read once: data frames, lists of dicts and lists of texts.

This module imports neither pandas nor polars, because a caller that passes a frame has imported its library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ...content.blocks import as_list
from ...content.tables import imported
from ...core.short_repr import short_repr

ACCEPTED = "a data frame (pandas or polars), a list of dicts, or a list of texts"

TEXT_COLUMN = "row"
"""The name of the only column of a list of texts, which a prompt fills in with `{{row}}`."""


class RowKind(Enum):
    """The kind of rows that the user gave, which decides the kind of frame that comes back."""

    PANDAS = auto()
    POLARS = auto()
    RECORDS = auto()
    TEXTS = auto()


@dataclass(frozen=True)
class Rows:
    """The rows as they were when the run began. Later changes of the user's frame do not reach them.

    Attributes:
        kind: The kind of rows.
        columns: The names of the columns, as texts.
        names: The same names as the frame or the dicts have them; pandas takes numbers and tuples too.
        values: For each column, its value in each row.
        labels: The frame's index, by position; `None` for rows that are only numbered.
        source: A copy of the frame; `None` for other rows.
    """

    kind: RowKind
    columns: tuple[str, ...]
    names: tuple[Any, ...]
    values: tuple[Sequence[Any], ...]
    labels: Any = None
    source: Any = None

    def __len__(self) -> int:
        return len(self.values[0])

    def column(self, name: str) -> Sequence[Any]:
        """Return the values of a column by its name as text."""
        return self.values[self.columns.index(name)]

    def row(self, index: int) -> Any:
        """Return one row as a prompt's function gets it: a dict by the columns' own names, or the text."""
        if self.kind is RowKind.TEXTS:
            return self.values[0][index]
        return {name: values[index] for name, values in zip(self.names, self.values, strict=True)}

    def label(self, index: int) -> str:
        """Return the name of a row for people: its place in the frame's index, or its number from 0."""
        if self.labels is None:
            return str(index)
        label = self.labels[index]
        return ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def read_rows(rows: object) -> Rows:
    """Read the rows that the user gave.

    Args:
        rows: A data frame or a series of pandas or polars, a list of dicts, or a list of texts.

    Raises:
        TypeError: `rows` is none of these, or a row is of another kind than the others.
        ValueError: There are no rows or no columns, or two columns have the same name.
    """
    found = _read_frame(rows)
    if found is None:
        found = _read_list(as_list(rows, "rows", ACCEPTED))
    if not found.columns:
        raise ValueError("rows has no columns, so no prompt can be made of it; give at least one.")
    if not len(found):
        raise ValueError("rows is empty, so there is nothing to ask; give at least one row.")
    twice = sorted({name for name in found.columns if found.columns.count(name) > 1})
    if twice:
        raise ValueError(
            f"rows has two columns of the name {short_repr(twice[0], 60)}; rename one, so that a prompt can name "
            "either."
        )
    return found


def _read_frame(rows: Any) -> Rows | None:
    for library, read in (("pandas", _read_pandas), ("polars", _read_polars)):
        frame, series = (imported(library, name) for name in ("DataFrame", "Series"))
        if series is not None and isinstance(rows, series):
            return read(rows.to_frame(TEXT_COLUMN) if library == "pandas" else rows.alias(TEXT_COLUMN).to_frame())
        if frame is not None and isinstance(rows, frame):
            return read(rows)
    lazy = imported("polars", "LazyFrame")
    if lazy is not None and isinstance(rows, lazy):
        raise TypeError("rows is a LazyFrame of polars, whose rows are not computed yet; pass rows.collect().")
    return None


def _read_pandas(frame: Any) -> Rows:
    copied = frame.copy()
    names = tuple(copied.columns)
    columns = tuple(", ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in names)
    values = tuple(copied.iloc[:, place].tolist() for place in range(len(names)))
    return Rows(RowKind.PANDAS, columns, names, values, copied.index, copied)


def _read_polars(frame: Any) -> Rows:
    names = tuple(frame.columns)
    values = tuple(frame.get_column(name).to_list() for name in names)
    return Rows(RowKind.POLARS, names, names, values, None, frame.clone())


def _read_list(rows: list[Any]) -> Rows:
    if all(isinstance(row, str) for row in rows):
        return Rows(RowKind.TEXTS, (TEXT_COLUMN,), (TEXT_COLUMN,), (rows,))
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(
                f"rows[{index}] is {type(row).__name__}: {short_repr(row, 60)}; rows is {ACCEPTED}, of one kind."
            )
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    values = tuple([row.get(name) for row in rows] for name in names)
    return Rows(RowKind.RECORDS, tuple(map(str, names)), names, values)
