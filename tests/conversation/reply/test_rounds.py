"""Which messages another request follows, and how many; whole replies are in test_faults.py and test_calls.py."""

from __future__ import annotations

from typing import Any, cast

import pytest

from nbstream.conversation.reply.builder import ReplyBuilder
from nbstream.conversation.reply.limits import MAX_PAUSE_TURNS
from nbstream.conversation.reply.rounds import Rounds
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Block
from nbstream.tools.calls import ToolRunner

pytestmark = pytest.mark.anyio


class Tools:
    """Tools that notes the calls that it should run, and runs none of another name than `add`."""

    def __init__(self) -> None:
        self.ran: list[list[str]] = []

    def runnable(self, blocks: list[Block]) -> list[Block]:
        return [block for block in blocks if block.param.get("name") == "add"]

    async def run(self, calls: list[Block]) -> None:
        self.ran.append([call.param["id"] for call in calls])


def rounds(tools: Any, call: str | None = None, *, most: int = 2) -> Rounds:
    transcript = Transcript()
    transcript.open_reply(0.0)
    builder = ReplyBuilder(transcript, lambda: 0.0, "claude-test")
    if call is not None:
        block = {"type": "tool_use", "id": "c1", "name": call, "input": {}}
        builder.apply({"type": "content_block_start", "index": 0, "content_block": block})
    return Rounds(builder, cast(ToolRunner, tools), most)


def test_pauses_continue_up_to_their_limit_and_other_ends_do_not() -> None:
    made = rounds(None)
    assert not made.continues("end_turn")
    paused = [made.continues(reason) for reason in ["pause_turn", "compaction"] * MAX_PAUSE_TURNS]
    assert paused.count(True) == paused.index(False) == MAX_PAUSE_TURNS


@pytest.mark.parametrize(
    ("tools", "call", "goes_on"), [(True, "add", True), (True, "eval", False), (False, "add", False)]
)
def test_calls_continue_a_reply_if_they_are_answered_here(tools: bool, call: str, goes_on: bool) -> None:
    made = rounds(Tools() if tools else None, call)
    assert made.continues("tool_use") is goes_on
    assert not made.continues("end_turn")


async def test_the_calls_of_each_message_are_run_until_their_limit() -> None:
    tools = Tools()
    made = rounds(tools, "add", most=2)
    assert [await made.run_calls() for _ in range(2)] == [True, False]
    assert (tools.ran, made.tool_rounds) == ([["c1"], ["c1"]], 2)


async def test_a_message_without_calls_is_no_round_of_tools() -> None:
    tools = Tools()
    for made in (rounds(tools), rounds(None, "add")):
        assert await made.run_calls()
        assert (tools.ran, made.tool_rounds) == ([], 0)
