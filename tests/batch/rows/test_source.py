"""Rows of all kinds, read once."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from nbstream.batch.rows.source import RowKind, read_rows


def test_a_frame_of_pandas_keeps_its_names_and_its_index() -> None:
    frame = pd.DataFrame({"text": ["a", "b"], 7: [1, 2], ("x", 1): [None, 2.5]}, index=["p", "q"])
    rows = read_rows(frame)
    frame["text"] = "changed"
    assert (rows.kind, len(rows), rows.columns) == (RowKind.PANDAS, 2, ("text", "7", "x, 1"))
    assert rows.row(1) == {"text": "b", 7: 2, ("x", 1): 2.5}
    assert [type(rows.column("7")[0]), rows.column("text")] == [int, ["a", "b"]]
    assert [rows.label(0), rows.label(1)] == ["p", "q"]


def test_a_row_of_an_index_of_several_levels_has_all_of_them_as_its_label() -> None:
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    assert read_rows(pd.DataFrame({"text": ["x", "y"]}, index=index)).label(1) == "b, 2"


def test_a_frame_of_polars_is_numbered() -> None:
    rows = read_rows(pl.DataFrame({"text": ["a", "b"], "n": [1, None]}))
    assert (rows.kind, rows.row(1), rows.label(1)) == (RowKind.POLARS, {"text": "b", "n": None}, "1")


@pytest.mark.parametrize("series", [pd.Series(["a", "b"], name="other"), pl.Series("other", ["a", "b"])])
def test_a_series_has_the_column_row(series: Any) -> None:
    rows = read_rows(series)
    assert (rows.columns, rows.column("row")) == (("row",), ["a", "b"])


def test_dicts_have_all_columns_that_one_of_them_has() -> None:
    rows = read_rows([{"a": 1}, {"b": 2, "a": 3}])
    assert (rows.kind, rows.columns, rows.row(0)) == (RowKind.RECORDS, ("a", "b"), {"a": 1, "b": None})


def test_a_text_is_its_own_row() -> None:
    rows = read_rows(iter(["a", "b"]))
    assert (rows.kind, rows.columns, rows.row(1), rows.label(1)) == (RowKind.TEXTS, ("row",), "b", "1")


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([], ValueError, "rows is empty"),
        (pd.DataFrame({"text": []}), ValueError, "rows is empty"),
        (pl.DataFrame({"text": []}), ValueError, "rows is empty"),
        (pd.DataFrame(index=[1, 2]), ValueError, "no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ValueError, "two columns of the name 'a'"),
        ([{}], ValueError, "no columns"),
        ("a text", TypeError, "rows is str"),
        ({"a": [1]}, TypeError, "rows is dict"),
        (7, TypeError, "rows is int"),
        (None, TypeError, "rows is None"),
        ([{"a": 1}, "b"], TypeError, r"rows\[1\] is str: 'b'"),
        (["a", 3], TypeError, r"rows\[0\] is str"),
        (pl.DataFrame({"text": ["a"]}).lazy(), TypeError, r"rows\.collect\(\)"),
    ],
)
def test_anything_else_is_refused_with_what_is_taken(rows: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_rows(rows)
