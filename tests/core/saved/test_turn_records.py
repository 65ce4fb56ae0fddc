"""Records that are read: what is missing, and what is refused. `test_restored_turns.py` has the whole round."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.core.ops import Status
from nbstream.core.saved.turn_records import LOST_REPLY, RecordError, read_turns

TURN: dict[str, Any] = {"id": "t1", "after": "", "role": "user", "is_shown": True, "blocks": []}
BLOCK: dict[str, Any] = {"content": {"type": "text"}, "text": "Hi"}


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (None, "turns is None"),
        (["x"], r"turns\[0\] is 'x'"),
        ([{**TURN, "id": "t9"}], r"turns\[0\] has the id 't9' and follows ''"),
        ([{**TURN, "after": "t1"}], "follows 't1'"),
        ([{**TURN, "role": "robot"}], r"turns\[0\]\.role is 'robot'"),
        ([{**TURN, "is_shown": 1}], r"turns\[0\]\.is_shown is 1"),
        ([{**TURN, "blocks": [{"content": {}, "text": ""}]}], r"turns\[0\]\.blocks\[0\]\.content\.type is None"),
        ([{**TURN, "blocks": [{**BLOCK, "seconds": [0, "x"]}]}], r"blocks\[0\]\.seconds is 'x'"),
        ([{**TURN, "blocks": [{**BLOCK, "seconds": [0]}]}], r"blocks\[0\]\.seconds is \[0\]"),
        ([{**TURN, "continuations": ["x"]}], r"continuations is 'x'"),
        ([{**TURN, "role": "assistant", "reply": {"status": "idle"}}], r"reply\.status is 'idle'"),
        ([{**TURN, "calls": [["c1", "dancing", 1]]}], r"turns\[0\]\.calls has \['c1', 'dancing', 1\]"),
        ([{**TURN, "calls": ["c1"]}], r"turns\[0\]\.calls has 'c1'"),
        ([{**TURN, "role": "assistant", "reply": {"status": "done", "cause": "x"}}], r"reply\.cause is 'x'"),
        ([{**TURN, "role": "assistant", "reply": {}}], r"reply\.status is None"),
    ],
)
def test_anything_else_is_refused_with_the_field_that_is_wrong(records: object, said: str) -> None:
    with pytest.raises(RecordError, match=said):
        read_turns(records)


def read_answer(**fields: Any) -> Any:
    answer = {**TURN, "id": "t2", "after": "t1", "role": "assistant", "blocks": [BLOCK], **fields}
    [_, recorded] = read_turns([TURN, answer])
    return recorded.turn


def test_fields_that_may_be_missing_have_their_defaults() -> None:
    turn = read_answer(reply={"status": "done"})
    assert turn.text() == "Hi"
    assert (turn.continuations, turn.calls, turn.summarizes) == ([], [], "")
    [block] = turn.blocks
    assert (block.is_closed, block.data, block.opened_at, block.closed_at) == (True, {}, 0.0, 0.0)
    assert (turn.reply.ended, turn.reply.cost, turn.reply.is_left_out) == (0.0, None, False)


@pytest.mark.parametrize("status", ["waiting", "streaming"])
def test_a_reply_that_ran_when_it_was_recorded_has_ended_with_its_kernel(status: str) -> None:
    reply = read_answer(reply={"status": status, "stop_reason": None}).reply
    assert (reply.status, reply.stop_reason) == (Status.STOPPED, LOST_REPLY)
