"""The answers and errors of rows."""

from __future__ import annotations

from nbstream.batch.run.results import RowResults
from nbstream.batch.run.state import RowStatus


def test_each_row_has_an_answer_or_an_error() -> None:
    changes: list[None] = []
    results = RowResults(3, lambda: changes.append(None))
    error = ValueError("no")
    results.answer(0, "A")
    results.fail(1, error)
    assert (results.values, results.errors, results.rows_left) == (["A", None, None], {1: error}, 1)
    results.move(1, RowStatus.WAITING)
    assert (results.errors, results.rows_left, len(changes)) == ({}, 2, 3)
