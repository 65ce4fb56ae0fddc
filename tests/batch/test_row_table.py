"""Rows as texts: windows for pages, and the table for the notebook's file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import anthropic
import httpx2
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.batch.row_table import MAX_CELL_CHARS, MAX_WINDOW_ROWS, RowTable, _nth_other
from nbstream.batch.rows.result_columns import ResultColumns
from nbstream.batch.rows.source import read_rows
from nbstream.batch.run.results import RowResults
from nbstream.batch.run.state import RowStatus, RunLife, RunStatus
from nbstream.output.output_format import OutputFormat

LABEL = OutputFormat.of(
    {
        "type": "object",
        "properties": {"label": {"type": "string"}, "score": {"type": "number"}},
        "required": ["label", "score"],
        "additionalProperties": False,
    }
)


class Table:
    def __init__(self, rows: Any, *, output: OutputFormat | None = None, shown: tuple[str, ...] = ()) -> None:
        read = read_rows(rows)
        self.results = RowResults(len(read))
        self.run: Any = SimpleNamespace(results=self.results, life=RunLife())
        self.table = RowTable(read, ResultColumns(output, read.columns), self.run, shown)

    def window(self, first: int = 0, count: int = 200, *, only_failed: bool = False) -> dict[str, Any]:
        return self.table.window(first, count, only_failed=only_failed)


def test_a_window_has_labels_states_and_cells() -> None:
    frame = pd.DataFrame({"text": ["a", "b", "c"], "n": [1, 2, 3]}, index=["x", "y", "z"])
    table = Table(frame, output=LABEL, shown=("text",))
    table.results.answer(0, {"label": "spam", "score": 0.5})
    table.results.move(1, RowStatus.RUNNING)
    assert table.table.names == ["text", "label", "score"]
    assert table.window() == {
        "kind": "rows",
        "first": 0,
        "only": "all",
        "total": 3,
        "revision": 2,
        "rows": [
            {"index": 0, "label": "x", "status": "done", "cells": ["a", "spam", "0.5"], "error": None},
            {"index": 1, "label": "y", "status": "running", "cells": ["b", "", ""], "error": None},
            {"index": 2, "label": "z", "status": "waiting", "cells": ["c", "", ""], "error": None},
        ],
    }
    table.run.life.status = RunStatus.STOPPED
    assert [row["status"] for row in table.window()["rows"]] == ["done", "running", "stopped"]


def test_rows_that_have_failed_come_first() -> None:
    table = Table([str(number) for number in range(6)])
    for row in (4, 1):
        table.results.fail(row, ValueError(f"no {row}"))
    order = [row["index"] for row in table.window()["rows"]]
    assert order == [1, 4, 0, 2, 3, 5]
    assert [row["index"] for row in table.window(1, 3)["rows"]] == order[1:4]
    failed = table.window(only_failed=True)
    assert (failed["only"], failed["total"]) == ("failed", 2)
    assert [(row["index"], row["error"]) for row in failed["rows"]] == [(1, "no 1"), (4, "no 4")]
    assert table.window(1, 5, only_failed=True)["rows"][0]["index"] == 4


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_the_other_rows_keep_their_order(failed: set[int], place: int) -> None:
    others = [row for row in range(64) if row not in failed]
    assert _nth_other(sorted(failed), place) == others[place]


def test_windows_beyond_the_rows_are_empty_and_large_ones_are_cut() -> None:
    table = Table([str(number) for number in range(1_000)])
    assert table.window(5_000)["rows"] == []
    assert table.window(0, -3)["rows"] == []
    assert table.window(-5, 1)["rows"][0]["index"] == 0
    assert len(table.window(0, 1_000)["rows"]) == MAX_WINDOW_ROWS


def test_long_cells_are_cut() -> None:
    table = Table(["x" * 1_000])
    table.results.fail(0, ValueError("y" * 1_000))
    [row] = table.window()["rows"]
    assert len(row["cells"][0]) == len(row["error"]) == MAX_CELL_CHARS
    assert row["cells"][0].endswith("x…")


def test_an_error_of_the_api_is_explained() -> None:
    table = Table(["x"])
    request = httpx2.Request("POST", "https://api.anthropic.com/v1/messages")
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": "Too odd"}}
    response = httpx2.Response(400, request=request, headers={"request-id": "req_1"})
    table.results.fail(0, anthropic.BadRequestError("Too odd", response=response, body=body))
    error = table.window()["rows"][0]["error"]
    assert error == "Too odd (invalid_request_error, request req_1). Change the request and ask again."


def test_the_file_has_the_first_rows_as_safe_markdown() -> None:
    rows = [{"text": "<b>a|b</b>\nc", "more": "x"}, {"text": "![i](http://x/y.png)", "more": "y"}]
    table = Table(rows, output=LABEL, shown=("text",))
    table.results.answer(0, {"label": "$a$", "score": 1})
    table.results.fail(1, ValueError("it | failed"))
    assert table.table.markdown() == (
        "|  | text | label | score |\n"
        "| --- | --- | --- | --- |\n"
        "| 0 | &lt;b>a\\|b&lt;/b> c | <span>&#36;</span>a<span>&#36;</span> | 1 |\n"
        "| 1 | !&#91;i]&#40;http\\://x/y.png) | it \\| failed |  |"
    )  # fmt: skip


def test_a_long_table_says_how_much_is_left_out() -> None:
    markdown = Table([str(number) for number in range(1_030)]).table.markdown()
    assert markdown.count("\n| ") == 21
    assert markdown.endswith("\n\n… 1,010 more rows")


@pytest.mark.parametrize("count", [10_000])
def test_a_window_costs_the_same_in_a_long_run(count: int) -> None:
    table = Table(["x"] * count)
    for row in range(0, count, 2):
        table.results.fail(row, ValueError())
    assert [row["index"] for row in table.window(count - 2, 2)["rows"]] == [count - 3, count - 1]
