"""Ids of calls: each is the only one of its conversation."""

from __future__ import annotations

import pytest

from nbstream.conversation.reply.call_ids import unique_call_id
from nbstream.core.turn import Block, Turn

TAKEN = [
    Turn("t1", "assistant", blocks=[Block("tool_use", {"id": "a"}), Block("tool_use", {"id": "a_2"})]),
    Turn("t2", "assistant", blocks=[Block("server_tool_use", {"id": "s"}), Block("tool_use", {"id": None})]),
]


@pytest.mark.parametrize(
    ("given", "name"),
    [("b", "b"), ("a", "a_3"), ("a_2", "a_2_2"), ("s", "s"), (None, "call"), ("", "call"), (7, "7")],
)
def test_an_id_is_kept_unless_it_is_taken_or_missing(given: object, name: str) -> None:
    assert unique_call_id(TAKEN, given) == name
