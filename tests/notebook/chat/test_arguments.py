"""Tests of the arguments that a chat is made from."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest

import nbstream
from nbstream.notebook.chat.arguments import ChatArguments


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


def test_the_settings_for_another_kernel_are_json_and_hold_no_header() -> None:
    defaults = {"model": "m", "thinking": MappingProxyType({"type": "adaptive"}), "extra_headers": {"x-key": "sk"}}
    settings = ChatArguments(object(), defaults, budget=2.0).settings
    assert settings["has_own_client"] is True
    assert settings["budget"] == 2.0
    assert settings["request"]["thinking"] == {"type": "adaptive"}
    assert "sk" not in json.dumps(settings)


def test_a_new_chat_has_no_cell_and_may_ask() -> None:
    arguments = ChatArguments(None, {"model": "m"})
    arguments.open_bill({})
    assert arguments.cell == ""
