"""Tests of the tables of further libraries; those that are not installed are skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pandas
import polars
import pytest

from nbstream.content.attachments import is_attachment, to_blocks
from nbstream.content.foreign_tables import as_markdown, is_table
from nbstream.content.tables import MAX_COLUMNS, MAX_ROWS

SMALL = {"a": [1, 2], "b": ["x", None]}
LONG = {"n": list(range(MAX_ROWS + 10))}
WIDE = {f"c{number}": [number] for number in range(MAX_COLUMNS + 2)}


def arrow(data: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("pyarrow").table(data)


def batch(data: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("pyarrow").RecordBatch.from_pydict(data)


def relation(data: dict[str, list[Any]]) -> Any:
    duckdb = pytest.importorskip("duckdb")
    frame = pandas.DataFrame(data)
    return duckdb.connect().from_df(frame)


def lazy(data: dict[str, list[Any]]) -> Any:
    return polars.LazyFrame(data)


MAKERS = [
    pytest.param(arrow, "pyarrow Table", False, id="arrow"),
    pytest.param(batch, "pyarrow RecordBatch", False, id="batch"),
    pytest.param(relation, "duckdb DuckDBPyRelation", True, id="duckdb"),
    pytest.param(lazy, "polars LazyFrame", True, id="lazy"),
]


@pytest.mark.parametrize(("make", "kind", "is_lazy"), MAKERS)
def test_a_table_is_sent_with_its_shape_and_types(make: Callable[[Any], Any], kind: str, is_lazy: bool) -> None:
    table = make(SMALL)
    text = as_markdown(table) or ""
    head, _, body = text.partition("\n\n")
    assert head.startswith(f"{kind}, 2 rows × 2 columns (a: ")
    assert body.splitlines() == ["| a | b |", "| --- | --- |", "| 1 | x |", "| 2 |  |"]
    assert is_table(table)
    assert is_attachment(table)
    [block] = to_blocks(table, "It") or []
    assert (block.param, block.is_table) == ({"type": "text", "text": text}, True)


@pytest.mark.parametrize(("make", "kind", "is_lazy"), MAKERS)
def test_the_first_rows_and_columns_of_a_large_table_are_sent(
    make: Callable[[Any], Any], kind: str, is_lazy: bool
) -> None:
    text = as_markdown(make(LONG)) or ""
    assert text.startswith(f"{kind}, {'more than 50' if is_lazy else '60'} rows × 1 column")
    assert f"| {MAX_ROWS - 1} |" in text
    assert f"| {MAX_ROWS} |" not in text
    assert text.splitlines()[-1] == ("… further rows left out" if is_lazy else "… 10 of 60 rows left out")
    wide = as_markdown(make(WIDE)) or ""
    assert f"× {MAX_COLUMNS + 2} columns" in wide
    assert "2 of 32 columns left out: c30, c31" in wide


def test_narwhals_reads_the_tables_of_other_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("narwhals")
    # Without its own reader, the frame stands for that of a library which only narwhals knows.
    monkeypatch.setattr("nbstream.content.foreign_tables._reader_of", lambda _: None)
    assert (as_markdown(pandas.DataFrame(SMALL)) or "").startswith(
        "pandas DataFrame, 2 rows × 2 columns (a: Int64"
    )
    assert (as_markdown(lazy(LONG)) or "").startswith("polars LazyFrame, more than 50 rows")


class Unknown:
    """An object of no library that is known."""


@pytest.mark.parametrize(
    "value", ["text", 1, None, [], {"a": [1]}, Unknown()], ids=lambda value: type(value).__name__
)
def test_anything_else_is_no_table(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert as_markdown(value) is None
    assert not is_table(value)
    monkeypatch.setitem(sys.modules, "narwhals", None)
    assert as_markdown(value) is None
