"""The parts of a saved conversation, and the fixture that both languages share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.saved.saved_parts import MAX_LINE_CHARS, SavedPart, part_line, saved_parts
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Block, Turn

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "saved_parts.json").read_text())


def turns_of(case: dict[str, Any]) -> list[Turn]:
    return [
        Turn(
            str(index),
            turn["role"],
            "",
            [Block(block["type"], parts=[block["text"]], data=block["data"]) for block in turn["blocks"]],
        )
        for index, turn in enumerate(case["turns"])
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_languages_save_the_same_parts(case: dict[str, Any]) -> None:
    parts = saved_parts(turns_of(case))
    assert parts == [[SavedPart(**part) for part in turn] for turn in case["parts"]]
    lines = [[part_line(part, is_markdown=True) for part in turn if part.kind != "text"] for turn in parts]
    assert lines == case["lines"]


def test_a_call_and_its_result_are_described_as_pages_show_them() -> None:
    transcript = Transcript()
    transcript.open_turn("assistant")
    transcript.open_block("tool_use", param={"id": "a", "name": "lookup"})
    transcript.add_text('{"city": "Oslo"}')
    transcript.close_block()
    transcript.add_blocks([{"type": "tool_result", "tool_use_id": "a", "content": "5.7"}])
    assert saved_parts(transcript.turns) == [[SavedPart("call", 'lookup(city="Oslo")', "5.7")]]


@given(st.text(st.sampled_from('abc `*_[]()<>&$~|#!^{}@:\\"→\n\t\r'), max_size=300))
def test_any_text_is_one_line_that_shows_all_its_characters(text: str) -> None:
    block = Block("tool_use", parts=['{"x": 1}'], data={"id": "a", "name": "f"})
    result = Block("tool_result", data={"call": "a", "text": text})
    part = saved_parts([Turn("t1", "assistant", "", [block, result])])[0][0]
    shown = " ".join(text.split())
    assert (
        part.result == (shown if len(shown) <= MAX_LINE_CHARS else shown[: MAX_LINE_CHARS - 1] + "…") or not shown
    )
    line = part_line(part, is_markdown=True)
    assert "\n" not in line
    assert part.result in line
