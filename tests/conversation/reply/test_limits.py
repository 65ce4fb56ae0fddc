"""Limits of one reply: their defaults, and a request without a choice of tools.

`tests/tools/test_calls.py` has the tools that are forced.
"""

from __future__ import annotations

from nbstream.conversation.reply.limits import MAX_TOOL_ROUNDS, ReplyLimits, with_free_tool_choice


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert ReplyLimits() == ReplyLimits(MAX_TOOL_ROUNDS, None)
    assert MAX_TOOL_ROUNDS == 50


def test_a_request_without_a_choice_stays_as_it_is() -> None:
    assert with_free_tool_choice({"model": "m"}) == {"model": "m"}
