"""Tests of the arguments that a chat is made from."""

from __future__ import annotations

from typing import Any

import pytest

import nbstream
from nbstream.notebook.arguments import ChatArguments


def test_checked_arguments_are_what_they_were() -> None:
    arguments = ChatArguments(None, {"model": "m"})
    assert ChatArguments.checked(arguments) is arguments
    assert (list(arguments.messages), arguments.budget, list(arguments.suggestions)) == ([], None, [])


@pytest.mark.parametrize(
    ("given", "named"),
    [(("hi",), {}), ((), {}), (("hi", "there"), {"model": "m"}), ((), {"prompt": "hi"})],
    ids=["text", "nothing", "more", "by name"],
)
def test_the_class_says_who_makes_chats(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"^nbstream\.Chat is the class.*nbstream\.chat\("):
        nbstream.Chat(*given, **named)
