"""The field that holds a reply to a type."""

from __future__ import annotations

from typing import Any

from nbstream.conversation.request.output_fields import fit_output_format, output_format_of, text_data
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Turn
from nbstream.output.output_format import OutputFormat

ROWS = OutputFormat.of({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}})
REQUEST: dict[str, Any] = {"model": "m", "output_config": {"format": ROWS, "effort": "low"}}


def turn(*types: str) -> Turn:
    transcript = Transcript()
    opened = transcript.open_reply(0.0)
    for type_ in types:
        transcript.open_block(type_)
        transcript.add_text("[1" if type_ == "text" else "")
    return opened


def test_a_new_reply_is_held_to_the_format() -> None:
    assert fit_output_format(REQUEST, turn(), replaces=False) == REQUEST
    assert fit_output_format(REQUEST, turn("text"), replaces=True) == REQUEST
    assert fit_output_format(REQUEST, turn("text", "tool_use", "tool_result"), replaces=False) == REQUEST


def test_the_continuation_of_a_text_is_not_because_it_would_begin_anew() -> None:
    for broken in (turn("text"), turn("text", "thinking")):
        sent = fit_output_format(REQUEST, broken, replaces=False)
        assert sent == {"model": "m", "output_config": {"effort": "low"}}
    only_format = {"model": "m", "output_config": {"format": ROWS}}
    assert fit_output_format(only_format, turn("text"), replaces=False) == {"model": "m"}
    assert fit_output_format({"model": "m"}, turn("text"), replaces=False) == {"model": "m"}


def test_pages_get_the_columns_of_the_tables() -> None:
    assert text_data(REQUEST) == {"columns": {"": [["a", 1]]}}
    assert text_data({"output_config": {"effort": "low"}}) == {}
    assert text_data({"output_config": None}) == {}


def test_a_format_of_an_unknown_kind_is_no_type() -> None:
    assert output_format_of(REQUEST) is ROWS
    assert output_format_of({"output_config": {"format": {"type": "grammar_of_2030"}}}) is None
    assert output_format_of({}) is None
