"""Values of variables as content blocks."""

from __future__ import annotations

import matplotlib.figure
import numpy
import pandas
import pytest

from nbstream.content.message import UserMessage
from nbstream.variables.blocks import MAX_VALUE_CHARS, variable_blocks


def test_a_table_and_a_figure_go_as_ask_sends_them() -> None:
    figure = matplotlib.figure.Figure()
    figure.subplots().plot([1, 2])
    for value in (pandas.DataFrame({"city": ["Bern"]}), figure, [{"a": 1}], ValueError("x"), b"text"):
        blocks = [block.param for block in variable_blocks("value", value)]
        assert blocks == UserMessage.from_prompt([value]).blocks


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.5, "`x`, float:\n\n```\n3.5\n```"),
        ("a ```` b", "`x`, str, 8 characters:\n\n`````\na ```` b\n`````"),
        ({"a": 1}, "`x`, dict, 1 key:\n\n```\n{'a': 1}\n```"),
        (numpy.zeros(2), "`x`, numpy.ndarray, 2 values, float64:\n\n```\narray([0., 0.])\n```"),
        ([], "`x`, list, 0 items:\n\n```\n[]\n```"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_other_values_go_as_text_with_their_name(value: object, text: str) -> None:
    (block,) = variable_blocks("x", value)
    assert block.param == {"type": "text", "text": text}
    assert block.is_table


def test_a_long_value_is_cut_and_a_long_text_is_not() -> None:
    (block,) = variable_blocks("x", list(range(MAX_VALUE_CHARS)))
    assert "characters left out" in block.param["text"]
    assert len(block.param["text"]) < MAX_VALUE_CHARS + 200
    (block,) = variable_blocks("x", "a" * (MAX_VALUE_CHARS + 1))
    assert "left out" not in block.param["text"]


def test_a_value_that_cannot_be_sent_is_refused_by_its_name() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError("no repr")

    with pytest.raises(ValueError, match=r"The variable x cannot be written as text: ZeroDivisionError"):
        variable_blocks("x", Broken())
    with pytest.raises(ValueError, match="The variable x is empty"):
        variable_blocks("x", b"")
