"""Tests of the row of a comparison."""

from __future__ import annotations

import ipywidgets

from nbstream.notebook.comparison_row import COLUMNS, make_row


def test_a_question_in_the_cell_is_not_shown_again_and_columns_scroll() -> None:
    columns = {"one": ipywidgets.Label("1"), "two": ipywidgets.Label("2")}
    [grid] = make_row(columns, "").children
    assert [column.children[1].value for column in grid.children] == ["1", "2"]
    assert (grid.layout.grid_auto_columns, grid.layout.overflow) == (COLUMNS, "auto")


def test_a_question_that_the_cell_does_not_have_stands_above_as_text() -> None:
    question, _ = make_row({}, "Is 1 < 2?").children
    assert question.value == "<p>Is 1 &lt; 2?</p>"
