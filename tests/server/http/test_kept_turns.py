"""A conversation that a page kept from an earlier server is checked like any other messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbstream.server import Limits, Refused
from nbstream.server.http.kept_turns import MAX_TURNS, parse_turns
from nbstream.server.http.request_body import Question, parse_question

FIXTURE = json.loads((Path(__file__).parents[2] / "fixtures" / "page_record.json").read_text())
DEFAULTS = {"model": "claude-opus-4-8", "max_tokens": 1000}


def turn(role: str = "user", after: str = "", name: str = "t1", **block: Any) -> dict[str, Any]:
    content = {"content": {"type": "text"}, "text": "Hi", **block}
    return {"id": name, "after": after, "role": role, "is_shown": True, "blocks": [content]}


def parse(turns: Any, limits: Limits | None = None, more: dict[str, Any] | None = None) -> Question:
    body = {"chat": True, "turns": turns, **(more or {})}
    return parse_question(json.dumps(body).encode(), DEFAULTS, limits or Limits())


def test_the_turns_of_a_page_are_taken_with_all_versions() -> None:
    question = parse(FIXTURE["records"])
    assert [recorded.turn.id for recorded in question.turns] == ["t1", "t2", "t3", "t4"]
    assert (question.history, question.content) == ([], None)
    assert parse([]).turns == []
    assert parse(None).turns == []


def test_nothing_of_the_operators_account_is_taken() -> None:
    reply = {"status": "done", "message": {"id": "m"}, "container": {"id": "c"}}
    question = parse([turn(), {**turn("assistant", "t1", "t2"), "reply": reply}])
    answered = question.turns[1].turn.reply
    assert answered is not None
    assert (answered.message, answered.container) == ({}, None)


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        pytest.param("text", "turns is 'text'", id="no list"),
        pytest.param([{}], r"turns\[0\].role", id="no turn"),
        pytest.param([turn(name="x")], "has the id", id="another id"),
        pytest.param(
            [turn(content={"type": "container_upload", "file_id": "f"})], "server's account", id="a file"
        ),
        pytest.param(
            [turn(content={"type": "image", "source": {"type": "file", "file_id": "f"}})],
            "server's account",
            id="the source of an image",
        ),
        pytest.param([turn()] * (MAX_TURNS + 1), "or fewer", id="too many"),
    ],
)
def test_turns_are_refused_for(turns: Any, words: str) -> None:
    limits = Limits(prompt_characters=1_000_000)
    with pytest.raises(Refused, match=words) as refused:
        parse(turns, limits)
    assert refused.value.status == 400


def test_the_limit_of_a_question_holds_for_the_turns() -> None:
    with pytest.raises(Refused) as refused:
        parse([turn(text="x" * 2_000)], Limits(prompt_characters=1_000))
    assert refused.value.status == 413


def test_turns_of_the_system_are_refused_where_the_operator_has_set_it() -> None:
    body = json.dumps({"chat": True, "turns": [turn(), turn("system", "t1", "t2")]}).encode()
    with pytest.raises(Refused, match='role "system"'):
        parse_question(body, {**DEFAULTS, "system": "Be kind."}, Limits())


def test_turns_belong_to_a_chat() -> None:
    with pytest.raises(ValueError, match='"chat": true'):
        parse_turns([turn()], is_chat=False)
