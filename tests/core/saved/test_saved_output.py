"""The form of a conversation in the notebook's file, and the fixture that both languages share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbstream.core.ops import Status
from nbstream.core.saved.saved_output import (
    ELSEWHERE,
    EMPTY,
    UNFINISHED,
    SavedTurn,
    saved_turns,
    side_by_side,
    to_markdown,
    to_output,
)
from nbstream.core.saved.saved_parts import SavedPart
from nbstream.core.transcript import Transcript
from nbstream.core.turn import END_NOTES

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "saved_output.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_languages_write_the_same(case: dict[str, Any]) -> None:
    turns = [
        SavedTurn(turn["role"], [SavedPart(**part) for part in turn["parts"]], turn["note"])
        for turn in case["turns"]
    ]
    assert to_output(turns) == case["output"]


def saved(role: str, text: str, note: str = "") -> SavedTurn:
    return SavedTurn(role, [SavedPart("text", text)] if text else [], note)


def conversation(status: Status, **end: Any) -> Transcript:
    transcript = Transcript()
    transcript.add_turn("user", "Hi")
    transcript.open_reply(0.0)
    transcript.open_block("text")
    transcript.add_text("Hello")
    if status != Status.WAITING:
        transcript.transition(status, 1.0, **end)
    return transcript


@pytest.mark.parametrize(
    ("status", "end", "note"),
    [
        (Status.WAITING, {}, UNFINISHED),
        (Status.DONE, {"stop_reason": "end_turn"}, ""),
        (Status.DONE, {"stop_reason": "max_tokens"}, END_NOTES["max_tokens"]),
        (Status.STOPPED, {"stop_reason": "user"}, END_NOTES["user"]),
        (Status.FAILED, {"error": "The network failed."}, "The network failed."),
    ],
)
def test_an_early_end_is_noted_in_the_file(status: Status, end: dict[str, Any], note: str) -> None:
    assert saved_turns(conversation(status, **end).turns) == [
        saved("user", "Hi"),
        saved("assistant", "Hello", note),
    ]


@pytest.mark.parametrize(
    "text", ["word " * 20_000, "first = second + 1\n" * 6_000, "<b>" * 20_000, '"\\' * 20_000, "答え" * 20_000]
)
def test_the_file_holds_at_most_three_times_the_text_and_20_kb(text: str) -> None:
    data = to_output([saved("user", "Hi"), saved("assistant", text)])
    # As notebooks are written: a list of lines for each kind.
    lines = {kind: value.splitlines(True) for kind, value in data.items()}
    output = [{"cells": [{"outputs": [{"data": lines}]}]}]
    stored = json.dumps(output, indent=1, ensure_ascii=False)
    assert len(stored.encode()) <= 3 * len(text.encode()) + 20_000


def test_many_calls_take_at_most_three_times_their_lines_in_the_file() -> None:
    parts = [SavedPart("call", f"f(x={index}, y='<b>`$')", "*[a](javascript:b)") for index in range(2_000)]
    data = to_output([SavedTurn("assistant", parts)])
    stored = json.dumps({kind: value.splitlines(True) for kind, value in data.items()}, indent=8)
    lines = sum(len(part.text) + len(part.result) + 60 for part in parts)
    assert len(stored) <= 3 * lines + 20_000


def test_a_conversation_as_markdown_has_its_texts_as_they_came_and_a_line_for_each_call() -> None:
    transcript = conversation(Status.WAITING)
    transcript.close_block()
    transcript.open_block("tool_use", param={"id": "a", "name": "get_weather"})
    transcript.add_text('{"city": "Oslo"}')
    transcript.close_block()
    transcript.add_blocks(
        [
            {"type": "tool_result", "tool_use_id": "a", "content": "5.7 <b>"},
            {"type": "text", "text": "It is <b>5.7</b>."},
        ]
    )
    transcript.open_turn("user")
    assert to_markdown(transcript.turns) == (
        '**You**\n\nHi\n\n**Claude**\n\nHello\n\n> ran get_weather(city="Oslo") → `5.7 <b>`\n\nIt is <b>5.7</b>.\n'
    )


def test_each_of_several_conversations_stands_under_its_name() -> None:
    asked = saved("user", "Hi")
    chats = {
        "a_model": [asked, saved("assistant", "Hello <b>")],
        "<b>": [asked, saved("assistant", "", "It failed.")],
    }
    assert side_by_side({**chats, "last": []}, "Nothing yet.") == {
        "text/markdown": "**a_model**\n\nHello &lt;b>\n\n**&lt;b>**\n\n*It failed.*\n\n**last**\n\n*Nothing yet.*",
        "text/plain": "a_model:\n\nHello <b>\n\n<b>:\n\n(It failed.)\n\nlast:\n\nNothing yet.",
    }


def test_the_notes_of_the_page_are_the_same() -> None:
    twin = (Path(__file__).parents[3] / "js" / "src" / "core" / "saved" / "saved-notes.ts").read_text()
    for name, note in (("UNFINISHED", UNFINISHED), ("EMPTY", EMPTY), ("ELSEWHERE", ELSEWHERE)):
        assert f"export const {name} = {json.dumps(note)};" in twin


def test_a_reply_that_was_never_asked_for_has_no_note() -> None:
    transcript = conversation(Status.WAITING)
    reply = transcript.turns[-1].reply
    assert reply is not None
    reply.status = Status.IDLE
    assert saved_turns(transcript.turns)[-1].note == ""
