"""Limits of one reply: their defaults, and a tool that is forced once."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.conversation.reply_limits import MAX_TOOL_ROUNDS, ReplyLimits, with_free_tool_choice


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert ReplyLimits() == ReplyLimits(MAX_TOOL_ROUNDS, None)
    assert MAX_TOOL_ROUNDS == 50


@pytest.mark.parametrize(
    ("choice", "freed"),
    [
        ({"type": "tool", "name": "add"}, {"type": "auto"}),
        ({"type": "any", "disable_parallel_tool_use": True}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"type": "auto"}, {"type": "auto"}),
        ({"type": "none"}, {"type": "none"}),
    ],
)
def test_claude_chooses_freely_after_a_forced_tool(choice: dict[str, Any], freed: dict[str, Any]) -> None:
    request = {"model": "m", "tool_choice": choice}
    assert with_free_tool_choice(request) == {"model": "m", "tool_choice": freed}
    assert request["tool_choice"] is choice


def test_a_request_without_a_choice_stays_as_it_is() -> None:
    assert with_free_tool_choice({"model": "m"}) == {"model": "m"}
