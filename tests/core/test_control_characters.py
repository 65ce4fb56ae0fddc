"""Characters that a terminal obeys are shown as text, in whole texts and in streams."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.control_characters import escape_controls

CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "control_characters.json").read_text())

OVERRIDES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Unicode's names for the characters that change the direction of the text after them."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_languages_show_the_same(case: dict[str, str]) -> None:
    assert escape_controls(case["text"]) == case["shown"]


def test_no_control_of_unicodes_own_list_is_left() -> None:
    everything = "".join(map(chr, range(0x110000)))
    left = [
        character
        for character in escape_controls(everything)
        if unicodedata.category(character) == "Cc" or unicodedata.bidirectional(character) in OVERRIDES
    ]
    assert left == ["\t", "\n"]


@given(st.lists(st.text(st.sampled_from("\x1b\x9b\x00\x07\r\n\t\x7f\u202e\u2066[]31m;aé😀\\"))))
def test_the_pieces_of_a_stream_are_shown_as_the_whole_is(pieces: list[str]) -> None:
    assert "".join(map(escape_controls, pieces)) == escape_controls("".join(pieces))


@given(st.text())
def test_a_text_that_was_shown_once_stays_as_it_is(text: str) -> None:
    shown = escape_controls(text)
    assert escape_controls(shown) == shown
    assert shown.count("\n") == text.count("\n")
