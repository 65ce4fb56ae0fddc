"""The rows with their answers, as frames of pandas and polars."""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd
import polars as pl
import pytest

from nbstream.batch.rows.frame import make_frame
from nbstream.batch.rows.source import read_rows


def test_index_types_and_order_of_a_frame_of_pandas_stay() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", "b", "c"],
            "n": pd.array([1, 2, 3], dtype="Int8"),
            "at": pd.to_datetime(["2026-01-01"] * 3),
        },
        index=pd.Index([7, 7, 9], name="id"),
    )
    frame["kind"] = pd.Categorical(["x", "y", "x"])
    made = make_frame(read_rows(frame), {"answer": ["A", None, "C"]})
    pd.testing.assert_frame_equal(made[frame.columns], frame)
    assert made["answer"].tolist()[::2] == ["A", "C"]
    assert made["answer"].isna().tolist() == [False, True, False]
    assert "answer" not in frame


def test_a_missing_value_changes_no_other_value() -> None:
    results = {"n": [1, None], "yes": [True, None], "x": [1.5, None], "all": [1, 2], "tags": [["a"], ["b"]]}
    made = make_frame(read_rows(pd.DataFrame({"text": ["a", "b"]})), results)
    assert [str(made[name].dtype) for name in ("n", "yes", "x", "all")] == ["Int64", "boolean", "float64", "int64"]
    assert made["tags"].tolist() == [["a"], ["b"]]


def test_types_of_a_frame_of_polars_stay() -> None:
    frame = pl.DataFrame({"text": ["a", "b"], "n": [1, 2]}, schema_overrides={"n": pl.Int8})
    made = make_frame(read_rows(frame), {"label": ["x", None], "n2": [1, None], "size": [{"w": 1}, None]})
    assert made.select(frame.columns).equals(frame)
    assert made.get_column("label").to_list() == ["x", None]
    assert made.schema["n2"] == pl.Int64
    assert made.get_column("size").to_list() == [{"w": 1}, None]


def test_dicts_and_texts_become_a_frame_of_pandas() -> None:
    made = make_frame(read_rows([{"a": 1}, {"b": 2}]), {"answer": ["x", "y"]})
    assert list(made.columns) == ["a", "b", "answer"]
    assert make_frame(read_rows(["p", "q"]), {"answer": ["x", "y"]})["row"].tolist() == ["p", "q"]


def test_without_pandas_they_become_one_of_polars(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = read_rows([{"a": 1}, {"b": "x"}])
    monkeypatch.setitem(sys.modules, "pandas", None)
    made: Any = make_frame(rows, {"answer": ["x", None]})
    assert made.rows() == [(1, None, "x"), (None, "x", None)]
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        make_frame(rows, {"answer": ["x", None]})
