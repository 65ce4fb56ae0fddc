"""Rows of a run as a table: windows for pages, and the first rows for the notebook's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.saved.output_markdown import escape_cell
from ..core.saved.safe_markdown import make_safe
from .rows.result_columns import ResultColumns
from .rows.source import Rows
from .run.runner import BatchRun
from .run.state import RowStatus, RunStatus

MAX_WINDOW_ROWS = 200
"""The most rows that one message to a page has."""

MAX_CELL_CHARS = 300
MAX_SAVED_ROWS = 20
MAX_INPUT_COLUMNS = 5
"""The most columns of the user's own that are shown for a prompt that names none."""


class RowTable:
    """Rows of a run as texts.

    Args:
        rows: The user's rows.
        columns: The columns of the results.
        run: The run.
        shown: The names of the user's columns that are shown; by default the first ones.
    """

    def __init__(self, rows: Rows, columns: ResultColumns, run: BatchRun, shown: tuple[str, ...] = ()) -> None:
        self._rows = rows
        self._columns = columns
        self._run = run
        shown = shown or rows.columns[:MAX_INPUT_COLUMNS]
        self._values = [rows.column(name) for name in shown]
        self.names = [*shown, *columns.names]

    def window(self, first: int, count: int, *, only_failed: bool) -> dict[str, Any]:
        """Return some rows as pages get them. Those that have failed come first, and then all others in order.

        Args:
            first: The place of the first row.
            count: The number of rows; at most `MAX_WINDOW_ROWS` are returned.
            only_failed: Whether to leave out the rows that have not failed.
        """
        states = self._run.results.rows
        total = len(states.failed) if only_failed else len(states)
        first = max(0, first)
        wanted = range(first, min(first + max(0, min(count, MAX_WINDOW_ROWS)), total))
        indices = _in_order(states.failed, wanted)
        return {
            "kind": "rows",
            "first": first,
            "only": "failed" if only_failed else "all",
            "total": total,
            "revision": states.revision,
            "rows": [self._row(index) for index in indices],
        }

    def markdown(self) -> str:
        """Return the first rows as a table in Markdown, in which nothing runs or loads."""
        count = min(len(self._rows), MAX_SAVED_ROWS)
        lines = [_line(["", *self.names]), "|" + " --- |" * (len(self.names) + 1)]
        for index in range(count):
            row = self._row(index)
            cells = row["cells"]
            if row["error"] is not None:
                cells = [*cells[: len(self._values)], row["error"]] + [""] * (len(self._columns.names) - 1)
            lines.append(_line([row["label"], *cells]))
        table = make_safe("\n".join(lines))
        rest = len(self._rows) - count
        return f"{table}\n\n… {rest:,} more rows" if rest else table

    def _row(self, index: int) -> dict[str, Any]:
        run = self._run
        status, result = run.results.rows[index], run.results.values[index]
        is_over = run.life.status is not RunStatus.RUNNING
        if status is RowStatus.WAITING and is_over:
            status = RowStatus.STOPPED
        answer = [None] * len(self._columns.names) if result is None else self._columns.values(result)
        error = run.results.errors.get(index)
        return {
            "index": index,
            "label": _cut(self._rows.label(index)),
            "status": status.name.lower(),
            "cells": [_text(value) for value in (*(values[index] for values in self._values), *answer)],
            "error": None if error is None else _cut(error_text(error)),
        }


def error_text(error: Exception) -> str:
    """Explain the error of a row in a sentence or two, without any key."""
    if not type(error).__module__.startswith(("anthropic", "httpx")):
        return str(error) or type(error).__name__
    from ..claude.failures.errors import explain

    return explain(error)


def _in_order(failed: list[int], places: range) -> Iterator[int]:
    """Yield the rows at some places of the order in which those that have failed come first."""
    for place in places:
        if place < len(failed):
            yield failed[place]
        else:
            yield _nth_other(failed, place - len(failed))


def _nth_other(failed: list[int], place: int) -> int:
    """Return the row at a place among those that have not failed."""
    # The rows before the one sought are `place` others and those failed rows that lie before it.
    low, high = 0, len(failed)
    while low < high:
        middle = (low + high) // 2
        if failed[middle] - middle <= place:
            low = middle + 1
        else:
            high = middle
    return place + low


def _text(value: Any) -> str:
    return "" if value is None else _cut(value if isinstance(value, str) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CELL_CHARS else text[: MAX_CELL_CHARS - 1] + "…"


def _line(cells: list[str]) -> str:
    line = "| " + " | ".join(escape_cell(cell) for cell in cells) + " |"
    # Between escaped brackets, the sanitiser would find a formula.
    return line.replace("\\[", "&#91;").replace("\\]", "&#93;")
