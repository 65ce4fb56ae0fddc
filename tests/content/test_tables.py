"""Tables as a data scientist has them, and how Claude reads them."""

from __future__ import annotations

import re

import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.content.tables import (
    CELL,
    CHARACTERS,
    COLUMNS,
    NAMES,
    ROWS,
    as_markdown,
    clipped,
    is_told,
    pipe_table,
)

CITIES = {"city": ["Bern", "Rome|x", "Oslo"], "heat": [0.1 + 0.2, float("nan"), 21.5]}


def test_a_pandas_table_is_told_with_its_shape_and_types() -> None:
    frame = pandas.DataFrame(CITIES).astype({"city": "object"})
    assert as_markdown(frame) == (
        "pandas DataFrame, 3 rows × 2 columns (city: object, heat: float64)\n\n"
        "| city | heat |\n| --- | --- |\n| Bern | 0.3 |\n| Rome\\|x | nan |\n| Oslo | 21.5 |"
    )


def test_a_polars_table_is_told_alike() -> None:
    assert as_markdown(polars.DataFrame(CITIES)) == (
        "polars DataFrame, 3 rows × 2 columns (city: String, heat: Float64)\n\n"
        "| city | heat |\n| --- | --- |\n| Bern | 0.3 |\n| Rome\\|x | nan |\n| Oslo | 21.5 |"
    )


def test_what_rows_are_called_stands_before_them_and_is_no_column() -> None:
    frame = pandas.DataFrame({"n": range(2)}, index=pandas.Index(["a", "b"], name="key"))
    assert as_markdown(frame) == (
        "pandas DataFrame, 2 rows × 1 column (n: int64)\n\n| key | n |\n| --- | --- |\n| a | 0 |\n| b | 1 |"
    )
    pairs = frame.set_index(pandas.MultiIndex.from_tuples([("x", 1), ("y", 2)]))
    assert "| ,  | n |" in str(as_markdown(pairs))
    assert "| y, 2 | 1 |" in str(as_markdown(pairs))


@pytest.mark.parametrize("library", [pandas, polars])
def test_of_a_large_table_the_first_rows_and_columns_go(library: object) -> None:
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
def test_an_empty_table_is_told_by_its_shape(library: object) -> None:
    assert as_markdown(library.DataFrame()) == f"{library.__name__} DataFrame, 0 rows × 0 columns"


def test_what_is_missing_is_an_empty_cell_or_nan() -> None:
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


def test_what_was_made_of_a_table_is_known_again() -> None:
    for value in (
        pandas.DataFrame({"a": [1]}),
        pandas.Series([1, 2], name="b"),
        polars.DataFrame({"a": range(2_000)}),
    ):
        assert is_told(as_markdown(value) or "")
    assert not is_told("pandas DataFrame, please")


def pipes(line: str) -> int:
    """The pipes of a line that are not escaped, as a renderer reads them."""
    return re.sub(r"\\.", "", line).count("|")


@given(st.data())
def test_any_cells_make_a_table_whose_lines_have_the_same_pipes(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    text = st.text(st.sampled_from("a|\\`\n\r\x85\u2028 \U0001f600") | st.characters(), max_size=12)
    cells = st.lists(text, min_size=width, max_size=width)
    rows = data.draw(st.lists(cells, max_size=5))
    lines = pipe_table(data.draw(cells), rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert {pipes(line) for line in lines} == {width + 1}


@settings(deadline=None)
@given(st.integers(0, 3 * ROWS), st.integers(1, 3 * COLUMNS), st.integers(0, 2 * CELL), st.sampled_from("a|\n\\"))
def test_any_table_keeps_within_its_characters(rows: int, columns: int, length: int, char: str) -> None:
    cells = [char * length] * columns
    table = pipe_table(cells, [cells] * rows)
    assert len(table) <= CHARACTERS + NAMES + 200


def test_a_small_table_is_whole_and_says_nothing_more() -> None:
    assert pipe_table(["a", "b"], [["1", "x|y"], ["2", "two\nlines"]]) == (
        "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n| 2 | two<br>lines |"
    )


def test_a_table_without_columns_is_nothing() -> None:
    assert pipe_table([], []) == ""


def test_what_was_left_out_is_said() -> None:
    columns = [f"c{number}" for number in range(COLUMNS + 2)]
    table = pipe_table(columns, [["1"] * (COLUMNS - 1) + ["x" * (CELL + 1)]] * ROWS, 10_000)
    lines = table.splitlines()
    assert len(lines) == 2 + ROWS + 2
    assert (
        lines[-1]
        == "… 9,950 of 10,000 rows and 2 of 32 columns left out: c30, c31; cells cut at 200 characters: 50"
    )


def test_rows_that_are_too_long_together_are_left_out_too() -> None:
    table = pipe_table(["a"] * COLUMNS, [["x" * CELL] * COLUMNS] * ROWS)
    assert "… 47 of 50 rows left out" in table


def test_a_long_cell_is_cut_and_counted() -> None:
    table = pipe_table(["a"], [["x" * (CELL + 1)], ["short"]])
    assert f"| {'x' * (CELL - 1)}… |" in table
    assert table.endswith("\n\n… cells cut at 200 characters: 1")


def test_names_are_cut_to_what_they_are_given() -> None:
    assert clipped("abcdef", 4) == "abc…"
    assert clipped("abcd", 4) == "abcd"
