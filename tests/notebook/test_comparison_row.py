"""Tests of the row of a comparison."""

from __future__ import annotations

import ipywidgets

import nbstream
from nbstream.notebook.comparison_row import COLUMNS, ComparisonBox, make_row


def test_a_question_in_the_cell_is_not_shown_again_and_columns_scroll_above_one_box() -> None:
    columns = {"one": ipywidgets.Label("1"), "two": ipywidgets.Label("2")}
    box = ipywidgets.Label("box")
    grid, last = make_row(columns, "", box).children
    assert last is box
    assert [column.children[1].value for column in grid.children] == ["1", "2"]
    assert (grid.layout.grid_auto_columns, grid.layout.overflow) == (COLUMNS, "auto")


def test_a_question_that_the_cell_does_not_have_stands_above_as_text() -> None:
    question, *_ = make_row({}, "Is 1 < 2?", ipywidgets.Label()).children
    assert question.value == "<p>Is 1 &lt; 2?</p>"


def test_the_box_refers_to_the_chats_and_to_their_pages_code() -> None:
    chats = [nbstream.chat(client=nbstream.demo()) for _ in range(2)]
    box = ComparisonBox(iter(chats))
    assert box._chats == [[f"anywidget:{chat.model_id}", chat._bundle] for chat in chats]
    assert "export{" in box._esm
