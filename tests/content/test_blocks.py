"""What a reader may pass in, and the advice when it is something else."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types import TextBlock

from nbstream.content.blocks import as_content, as_messages


def test_text_is_a_prompt() -> None:
    assert as_content("Explain CRDTs") == "Explain CRDTs"


def test_texts_and_content_blocks_may_be_mixed() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}}
    assert as_content(["What is this?", image]) == [{"type": "text", "text": "What is this?"}, image]


def test_what_is_known_elsewhere_is_converted_alone_and_among_others() -> None:
    def convert(value: object, where: str) -> list[dict[str, object]] | None:
        return [{"type": "text", "text": where}, {"type": "image"}] if isinstance(value, complex) else None

    assert as_content(1j, convert) == [{"type": "text", "text": "The prompt"}, {"type": "image"}]
    assert as_content(["Hi", 1j, {"type": "text", "text": "there"}], convert) == [
        {"type": "text", "text": "Hi"},
        {"type": "text", "text": "Part 1 of the prompt"},
        {"type": "image"},
        {"type": "text", "text": "there"},
    ]
    with pytest.raises(TypeError, match="this is int: 7"):
        as_content(7, convert)


def test_the_sdks_own_blocks_are_content() -> None:
    assert as_content([TextBlock(type="text", text="Hi")]) == [{"type": "text", "text": "Hi"}]


@pytest.mark.parametrize("prompt", ["", "  \n", [], ["ok", " "]])
def test_an_empty_prompt_is_refused(prompt: object) -> None:
    with pytest.raises(ValueError, match="empty"):
        as_content(prompt)


@pytest.mark.parametrize("prompt", [7, None, {"type": "text"}, [3], [{"text": "no type"}], b"bytes"])
def test_another_prompt_is_refused_with_what_it_is_and_what_is_accepted(prompt: object) -> None:
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


@pytest.mark.parametrize("messages", ["Hi", b"bytes", {"role": "user", "content": "Hi"}, 5, True, None])
def test_what_is_no_list_of_turns_is_refused_with_what_one_looks_like(messages: Any) -> None:
    with pytest.raises(TypeError, match=r"^messages is (None|\w+: .*); pass a list of turns, as in \[\{"):
        as_messages(messages)
