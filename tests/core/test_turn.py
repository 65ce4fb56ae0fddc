"""Turns, blocks and replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.reply import Reply
from nbstream.core.turn import TEXT_FIELD, Block, Turn


@pytest.mark.parametrize("type_", ["text", "thinking", "server_tool_use"])
def test_a_block_is_sent_with_its_text_in_the_apis_field_and_without_null_fields(type_: str) -> None:
    block = Block(type_, {"citations": None, "signature": "s"}, ["a", "b"])
    text = {TEXT_FIELD[type_]: "ab"} if type_ in TEXT_FIELD else {}
    assert block.to_param() == {"type": type_, "signature": "s", **text}


TEXT_CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "turn_text.json").read_text())


def turn_of(case: dict[str, Any]) -> Turn:
    blocks = [Block(type_, parts=list(text)) for type_, text in case["blocks"]]
    return Turn("t1", case["role"], "", blocks, continuations=case["continuations"])


@pytest.mark.parametrize("case", TEXT_CASES, ids=lambda case: case["name"])
def test_both_sides_join_the_texts_of_a_turn_alike(case: dict[str, Any]) -> None:
    turn = turn_of(case)
    assert [turn.continued_block(index) for index in range(len(turn.blocks))] == case["continued"]
    assert turn.text() == case["text"]


def test_a_continuation_alone_has_the_text_from_its_first_block_on() -> None:
    turn = Turn("t1", "assistant", "", [Block("text", parts=[text]) for text in ("Hel", "lo", " you")])
    assert turn.text(first_block=1) == "lo you"


def test_thoughts_are_documents_of_their_own() -> None:
    turn = Turn("t1", "assistant", "", [Block("thinking", parts=["One."]), Block("thinking", parts=["Two."])])
    assert turn.documents("thinking") == ["One.", "Two."]
    assert turn.text("thinking") == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("reply", "is_refused"), [(None, False), (Reply(), False), (Reply(stop_reason="refusal"), True)]
)
def test_a_refused_turn_is_one_that_the_api_refused(reply: Reply | None, is_refused: bool) -> None:
    assert Turn("t1", "assistant", reply=reply).is_refused is is_refused


@pytest.mark.parametrize(
    ("text", "is_closed", "arguments"),
    [
        ("", True, {}),
        ('{"a": [1, "ä"]}', True, {"a": [1, "ä"]}),
        ('{"a": 1}', False, None),
        ('{"a": ', True, None),
        ("[1]", True, None),
        ("null", True, None),
    ],
)
def test_a_call_has_arguments_once_they_are_a_complete_object(
    text: str, is_closed: bool, arguments: object
) -> None:
    assert Block("tool_use", parts=[text], is_closed=is_closed).arguments() == arguments


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"type": "text", "text": "Hi", "citations": None}, ("text", {"citations": None}, "Hi")),
        ({"type": "thinking", "thinking": "Hm", "signature": "s"}, ("thinking", {"signature": "s"}, "Hm")),
        ({"type": "tool_use", "id": "a", "input": {}}, ("tool_use", {"id": "a"}, "")),
        ({"type": "server_tool_use", "id": "a"}, ("server_tool_use", {"id": "a"}, "")),
        ({"type": "tool_use", "id": "a", "input": {"q": "é"}}, ("tool_use", {"id": "a"}, '{"q": "é"}')),
        ({"type": "image", "source": {}}, ("image", {"source": {}}, "")),
    ],
)
def test_a_block_of_the_api_is_split(content: dict[str, Any], parts: tuple[str, dict[str, Any], str]) -> None:
    before = dict(content)
    assert Block.split(content) == parts
    assert content == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["tool_use", "mcp_tool_use"]), st.dictionaries(st.text(), JSON, max_size=4))
def test_a_call_that_was_split_can_be_restored(type_: str, arguments: dict[str, Any]) -> None:
    content = {"type": type_, "id": "a", "name": "f", "input": arguments}
    _, param, text = Block.split(content)
    assert Block(type_, param, [text], is_closed=True).to_param() == content
