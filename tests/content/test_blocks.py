"""Tests of prompts and earlier turns: the accepted values, and the advice for others."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types import TextBlock

from nbstream.content.blocks import ContentBlock, as_content, as_content_blocks, as_messages, as_texts


def test_text_is_a_prompt() -> None:
    assert as_content("Explain CRDTs") == "Explain CRDTs"


def test_texts_and_content_blocks_may_be_mixed() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}}
    assert as_content(["What is this?", image]) == [{"type": "text", "text": "What is this?"}, image]


def test_a_value_that_convert_knows_is_converted_alone_and_among_others() -> None:
    table, image = (
        ContentBlock({"type": "text", "text": "a table"}, is_table=True),
        ContentBlock({"type": "image"}),
    )
    places: list[str] = []

    def convert(value: object, where: str) -> list[ContentBlock] | None:
        places.append(where)
        return [table, image] if isinstance(value, complex) else None

    assert as_content_blocks(1j, convert) == [table, image]
    assert as_content_blocks(["Hi", 1j, {"type": "text", "text": "there"}], convert) == [
        ContentBlock({"type": "text", "text": "Hi"}),
        table,
        image,
        ContentBlock({"type": "text", "text": "there"}),
    ]
    assert places == ["The prompt", "The prompt", *(f"Part {index} of the prompt" for index in range(3))]
    with pytest.raises(TypeError, match="The prompt is int: 7; a prompt is text"):
        as_content_blocks(7, convert)


def test_the_sdks_own_blocks_are_content() -> None:
    assert as_content([TextBlock(type="text", text="Hi")]) == [{"type": "text", "text": "Hi"}]


@pytest.mark.parametrize("prompt", ["", "  \n", [], ["ok", " "]])
def test_an_empty_prompt_is_refused(prompt: object) -> None:
    with pytest.raises(ValueError, match="empty"):
        as_content(prompt)


@pytest.mark.parametrize("prompt", [7, None, {"type": "text"}, [3], [{"text": "no type"}], b"bytes"])
def test_another_prompt_is_refused_with_its_type_and_the_accepted_ones(prompt: object) -> None:
    with pytest.raises(TypeError, match=r"is (int|None|dict|bytes)[\s\S]*|a prompt is text, an image"):
        as_content(prompt)


def test_earlier_turns_are_taken_as_the_api_takes_them() -> None:
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "Yes?"}]},
    ]
    assert as_messages(turns) == turns


@pytest.mark.parametrize(
    ("message", "error", "advice"),
    [
        ("Hi", TypeError, r'messages\[0\] is str.*"role"'),
        ({"role": "user"}, TypeError, '"content"'),
        ({"role": "system", "content": "Be brief"}, ValueError, "system="),
        ({"role": "user", "content": [5]}, TypeError, r"Part 0 of messages\[0\] is int"),
    ],
)
def test_other_turns_are_refused_with_advice(message: object, error: type[Exception], advice: str) -> None:
    with pytest.raises(error, match=advice):
        as_messages([message])


def test_a_turn_of_the_system_may_follow_other_turns() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief"}]
    assert as_messages(turns) == turns
    with pytest.raises(ValueError, match=r'messages\[1\] has the role .developer.; it is "user", "assistant", or'):
        as_messages([turns[0], {"role": "developer", "content": "Be brief"}])


@pytest.mark.parametrize("messages", ["Hi", b"bytes", {"role": "user", "content": "Hi"}, 5, True, None])
def test_a_value_that_is_no_list_of_turns_is_refused_with_an_example(messages: Any) -> None:
    with pytest.raises(TypeError, match=r"^messages is (None|\w+: .*); pass a list of turns, as in \[\{"):
        as_messages(messages)


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ("a", TypeError, "names is .*; pass a list of names"),
        (["a", 7], TypeError, r"names\[1\] is 7; give a name"),
        (["a", " "], ValueError, r"names\[1\] is blank; give a name, or leave it out"),
    ],
)
def test_texts_are_taken_from_any_iterable_of_texts(values: object, error: type[Exception], said: str) -> None:
    assert as_texts(iter(("a", "b")), "names", "a list of names", "a name") == ["a", "b"]
    with pytest.raises(error, match=said):
        as_texts(values, "names", "a list of names", "a name")
