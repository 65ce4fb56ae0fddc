"""Results of a run: the state, the answer and the error of each row. They may be read from any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .state import RowStates, RowStatus


class RowResults:
    """The results of one run.

    Args:
        count: The number of rows.
        changed: Called after every change.

    Attributes:
        rows: The states of the rows.
        values: The answer of each row; `None` where there is none.
        errors: The error of each row that has failed.
    """

    def __init__(self, count: int, changed: Callable[[], None] = lambda: None) -> None:
        self.rows = RowStates(count)
        self.values: list[Any] = [None] * count
        self.errors: dict[int, Exception] = {}
        self._changed = changed

    @property
    def rows_left(self) -> int:
        """The number of rows without an answer or an error."""
        return len(self.rows) - self.rows.count(RowStatus.DONE) - self.rows.count(RowStatus.FAILED)

    def move(self, row: int, status: RowStatus) -> None:
        """Change the state of a row that gets neither an answer nor an error."""
        self.errors.pop(row, None)
        self.rows.move(row, status)
        self._changed()

    def answer(self, row: int, value: Any) -> None:
        """Keep the answer of a row."""
        self.values[row] = value
        self.rows.move(row, RowStatus.DONE)
        self._changed()

    def fail(self, row: int, error: Exception) -> None:
        """Keep the error of a row."""
        self.errors[row] = error
        self.rows.move(row, RowStatus.FAILED)
        self._changed()
