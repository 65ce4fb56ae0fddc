"""The form of a conversation in the notebook's file, and the fixture that both languages share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbstream.core.ops import Status
from nbstream.core.reply import END_NOTES
from nbstream.core.saved.saved_notes import UNFINISHED
from nbstream.core.saved.saved_output import (
    SavedTurn,
    saved_turns,
    side_by_side,
    to_markdown,
    to_output,
)
from nbstream.core.saved.saved_parts import SavedPart
from nbstream.core.transcript import Transcript

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


def stored_bytes(data: dict[str, Any]) -> int:
    """Return the size of an output in a notebook's file, which has a list of lines for each kind of data."""
    lines = {kind: value.splitlines(True) for kind, value in data.items()}
    output = [{"cells": [{"outputs": [{"data": lines}]}]}]
    return len(json.dumps(output, indent=1, ensure_ascii=False).encode())


LONG_TEXTS = [
    "word " * 6_000,
    "first = second + 1\n" * 1_600,
    "<b>" * 10_000,
    '"\\' * 10_000,
    "答え" * 10_000,
    "x\n" * 9_000,
]


@pytest.mark.parametrize("text", LONG_TEXTS, ids=lambda text: text[:6])
def test_the_file_grows_by_little_more_than_the_text(text: str) -> None:
    data = to_output([saved("user", "Hi"), saved("assistant", text)])
    assert stored_bytes(data) <= 1.2 * stored_bytes({"text/markdown": text}) + 2_000
    assert "\n" not in data["text/plain"]


def test_many_calls_take_little_more_than_their_lines_in_the_file() -> None:
    parts = [SavedPart("call", f"f(x={index}, y='<b>`$')", "*[a](javascript:b)") for index in range(2_000)]
    data = to_output([SavedTurn("assistant", parts)])
    lines = "\n\n".join(f"ran {part.text} → {part.result}" for part in parts)
    assert stored_bytes(data) <= 2 * stored_bytes({"text/markdown": lines})


def test_a_console_gets_the_whole_conversation_as_plain_text() -> None:
    turns = [saved("user", "Hi"), saved("assistant", "One\n\ntwo " * 100)]
    whole = to_output(turns, is_plain_whole=True)["text/plain"]
    assert whole == ("One\n\ntwo " * 100).strip("\n")
    assert side_by_side([("a", turns)], is_plain_whole=True)["text/plain"] == f"a:\n\n{whole}"


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
    assert side_by_side([*chats.items(), ("last", [])], "Nothing yet.") == {
        "text/markdown": "**a_model**\n\nHello &lt;b>\n\n**&lt;b>**\n\n*It failed.*\n\n**last**\n\n*Nothing yet.*",
        "text/plain": "a_model: Hello <b> <b>: (It failed.) last: Nothing yet.",
    }


def test_a_reply_that_was_never_asked_for_has_no_note() -> None:
    transcript = conversation(Status.WAITING)
    reply = transcript.turns[-1].reply
    assert reply is not None
    reply.status = Status.IDLE
    assert saved_turns(transcript.turns)[-1].note == ""
