"""Tests of tables: data frames of pandas and polars as Markdown for Claude."""

from __future__ import annotations

import re

import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.content.tables import (
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_NAMES_CHARS,
    MAX_ROWS,
    MAX_TABLE_CHARS,
    as_markdown,
    is_list_of_records,
    pipe_table,
    records_as_markdown,
    shorten,
)

CITIES = {"city": ["Bern", "Rome|x", "Oslo"], "heat": [0.1 + 0.2, float("nan"), 21.5]}


def test_a_pandas_table_is_headed_by_its_shape_and_types() -> None:
    frame = pandas.DataFrame(CITIES).astype({"city": "object"})
    assert as_markdown(frame) == (
        "pandas DataFrame, 3 rows × 2 columns (city: object, heat: float64)\n\n"
        "| city | heat |\n| --- | --- |\n| Bern | 0.3 |\n| Rome\\|x | nan |\n| Oslo | 21.5 |"
    )


def test_a_polars_table_is_written_in_the_same_way() -> None:
    assert as_markdown(polars.DataFrame(CITIES)) == (
        "polars DataFrame, 3 rows × 2 columns (city: String, heat: Float64)\n\n"
        "| city | heat |\n| --- | --- |\n| Bern | 0.3 |\n| Rome\\|x | nan |\n| Oslo | 21.5 |"
    )


def test_the_index_is_a_first_column_that_does_not_count() -> None:
    frame = pandas.DataFrame({"n": range(2)}, index=pandas.Index(["a", "b"], name="key"))
    assert as_markdown(frame) == (
        "pandas DataFrame, 2 rows × 1 column (n: int64)\n\n| key | n |\n| --- | --- |\n| a | 0 |\n| b | 1 |"
    )
    pairs = frame.set_index(pandas.MultiIndex.from_tuples([("x", 1), ("y", 2)]))
    assert "| ,  | n |" in str(as_markdown(pairs))
    assert "| y, 2 | 1 |" in str(as_markdown(pairs))


@pytest.mark.parametrize("library", [pandas, polars])
def test_the_first_rows_and_columns_of_a_large_table_are_sent(library: object) -> None:
    frame = library.DataFrame({f"c{number}": range(1_000) for number in range(40)})
    text = str(as_markdown(frame))
    assert f"{library.__name__} DataFrame, 1,000 rows × 40 columns (c0: " in text
    assert "| 49 | 49 |" in text
    assert "… 950 of 1,000 rows and 10 of 40 columns left out: c30, c31," in text
    assert len(text.splitlines()) == 2 + 2 + 50 + 2


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_series_is_a_table_of_one_column(library: object) -> None:
    text = str(as_markdown(library.Series([1, 2], name="n") if library is pandas else library.Series("n", [1, 2])))
    assert text.startswith(f"{library.__name__} Series, 2 rows × 1 column (n: ")
    assert text.endswith("| n |\n| --- |\n| 1 |\n| 2 |")


@pytest.mark.parametrize("library", [pandas, polars])
def test_an_empty_table_is_only_its_shape(library: object) -> None:
    assert as_markdown(library.DataFrame()) == f"{library.__name__} DataFrame, 0 rows × 0 columns"


def test_a_missing_value_is_an_empty_cell_or_nan() -> None:
    frame = pandas.DataFrame({"a": pandas.Series([None, float("nan")], dtype="object")})
    assert "|  |\n| nan |" in str(as_markdown(frame))
    assert "|  |\n| 1 |" in str(as_markdown(polars.DataFrame({"a": [None, 1]})))


def test_columns_may_have_the_same_name_or_several() -> None:
    frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    assert "| a | a |\n| --- | --- |\n| 1 | 2 |" in str(as_markdown(frame))
    assert "| x, y |" in str(as_markdown(pandas.DataFrame({("x", "y"): [1]})))


def test_anything_else_is_no_table() -> None:
    assert as_markdown([1, 2]) is None
    assert as_markdown("| a |") is None


def count_pipes(line: str) -> int:
    """Count the pipes of a line that are not escaped, as a renderer reads them."""
    return re.sub(r"\\.", "", line).count("|")


@given(st.data())
def test_any_cells_make_a_table_whose_lines_have_the_same_pipes(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    text = st.text(st.sampled_from("a|\\`\n\r\x85\u2028 \U0001f600") | st.characters(), max_size=12)
    cells = st.lists(text, min_size=width, max_size=width)
    rows = data.draw(st.lists(cells, max_size=5))
    lines = pipe_table(data.draw(cells), rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert {count_pipes(line) for line in lines} == {width + 1}


@settings(deadline=None)
@given(
    st.integers(0, 3 * MAX_ROWS),
    st.integers(1, 3 * MAX_COLUMNS),
    st.integers(0, 2 * MAX_CELL_CHARS),
    st.sampled_from("a|\n\\"),
)
def test_any_table_keeps_within_its_characters(rows: int, columns: int, length: int, char: str) -> None:
    cells = [char * length] * columns
    table = pipe_table(cells, [cells] * rows)
    assert len(table) <= MAX_TABLE_CHARS + MAX_NAMES_CHARS + 200


def test_a_small_table_is_whole_and_has_no_note() -> None:
    assert pipe_table(["a", "b"], [["1", "x|y"], ["2", "two\nlines"]]) == (
        "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n| 2 | two<br>lines |"
    )


def test_a_table_without_columns_is_an_empty_text() -> None:
    assert pipe_table([], []) == ""


def test_a_note_names_the_rows_and_columns_that_were_left_out() -> None:
    columns = [f"c{number}" for number in range(MAX_COLUMNS + 2)]
    table = pipe_table(columns, [["1"] * (MAX_COLUMNS - 1) + ["x" * (MAX_CELL_CHARS + 1)]] * MAX_ROWS, 10_000)
    lines = table.splitlines()
    assert len(lines) == 2 + MAX_ROWS + 2
    assert (
        lines[-1]
        == "… 9,950 of 10,000 rows and 2 of 32 columns left out: c30, c31; cells cut at 200 characters: 50"
    )


def test_rows_that_are_too_long_together_are_left_out_too() -> None:
    table = pipe_table(["a"] * MAX_COLUMNS, [["x" * MAX_CELL_CHARS] * MAX_COLUMNS] * MAX_ROWS)
    assert "… 47 of 50 rows left out" in table


def test_a_long_cell_is_cut_and_counted() -> None:
    table = pipe_table(["a"], [["x" * (MAX_CELL_CHARS + 1)], ["short"]])
    assert f"| {'x' * (MAX_CELL_CHARS - 1)}… |" in table
    assert table.endswith("\n\n… cells cut at 200 characters: 1")


def test_a_list_of_dicts_is_a_table_with_a_column_for_each_key() -> None:
    rows = [{"city": "Oslo", "t": 3}, {"city": "Lima", "t": 18.5, 7: True}]
    assert is_list_of_records(rows)
    assert records_as_markdown(rows).splitlines() == [
        "list of dicts, 2 rows × 3 columns (city: str, t: int | float, 7: bool)",
        "",
        "| city | t | 7 |",
        "| --- | --- | --- |",
        "| Oslo | 3 |  |",
        "| Lima | 18.5 | True |",
    ]


@pytest.mark.parametrize(
    "value", [[], [{"type": "text", "text": "Hi"}], [{"a": 1}, "text"], ({"a": 1},), {"a": 1}]
)
def test_other_lists_are_no_table(value: object) -> None:
    assert not is_list_of_records(value)


def test_a_text_is_shortened_to_the_given_length() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"
