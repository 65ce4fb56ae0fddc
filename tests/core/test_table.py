"""Any table becomes Markdown that is well formed and not too long, with a word on what is missing."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.core.table import CELL, CHARACTERS, COLUMNS, NAMES, ROWS, clipped, pipe_table


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
