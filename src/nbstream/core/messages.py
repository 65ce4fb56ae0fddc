"""What the next request sends of a conversation: the API takes it, whatever happened before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, takewhile
from typing import Any

from .turn import Block, Turn, is_call

TAIL = 200
"""Characters of a broken answer's end that a request to go on quotes: enough to find the place by."""

GO_ON = (
    "Your answer broke off. The last that came of it was:\n\n{tail}\n\n"
    "Go on from exactly there, in the middle of a word or a code block if need be: repeat nothing of it, and "
    "add no introduction and no remark about the interruption."
)
"""Models since Claude 4.6 take no assistant turn to be continued, so the API's documentation has a user turn
ask for it."""


def messages_of(turns: Sequence[Turn], *, go_on: bool = False, running: bool = False) -> list[dict[str, Any]]:
    """The turns as the Messages API takes them.

    A reply that broke off keeps its whole text, and loses what the API would refuse: blank text, thinking
    without its signature, calls without their results. A turn of which nothing is left is not sent; the API
    joins neighbours of one role. A reply that was refused is left out together with its question: with both in
    the conversation the API refuses what follows too, and says to take them out.

    Args:
        turns: The conversation.
        go_on: The last turn is to be continued: ask for it.
        running: The last turn goes on by itself, after a pause or with its calls' results: it is sent as it is.

    Returns:
        Messages, each with a role and content.
    """
    messages: list[dict[str, Any]] = []
    asked: set[object] = set()
    for index, turn in enumerate(turns):
        if turn.role == "user":
            messages += _question(turn, asked)
        elif turn.refused:
            asked = set()
            while messages and messages[-1]["role"] == "user":
                messages.pop()
        else:
            # A reader may bring the results: in a conversation from elsewhere, or of calls that are not run here.
            brought = takewhile(lambda later: later.role == "user", turns[index + 1 :])
            own = _whole_calls(turn.blocks)
            results = [block for later in brought for block in later.blocks]
            asked = _whole_calls([*_last_calls(turn), *results]) - own
            messages += _answer(turn, own | asked, running=running and turn is turns[-1])
    if go_on and messages[-1]["role"] == "assistant":
        messages.append(_request_to_go_on(turns[-1]))
    return messages


def _question(turn: Turn, calls: set[object]) -> list[dict[str, Any]]:
    blocks = [block for block in turn.blocks if _is_sendable(block, calls)]
    content = [block.to_param() for block in blocks]
    if not content:
        return []
    only_text = len(content) == 1 and set(content[0]) == {"type", "text"}
    return [{"role": "user", "content": content[0]["text"] if only_text else content}]


def _answer(turn: Turn, calls: set[object], *, running: bool = False) -> list[dict[str, Any]]:
    """The messages that an answer is: what Claude said, what its calls gave, what it said then, and so on.

    Between the parts of a reply that was continued stands what asked for it.
    """
    messages: list[dict[str, Any]] = []
    begin = 0
    for place, end in enumerate([*turn.seams, len(turn.blocks)]):
        raw = running and place == len(turn.seams)
        part = [
            block
            for block in turn.blocks[begin:end]
            if _is_sendable(block, calls) or (raw and block.type != "text")
        ]
        said: list[dict[str, Any]] = []
        for is_result, group in groupby(part, key=lambda block: block.type == "tool_result"):
            blocks = list(group)
            # A message is not only thinking.
            if raw or not all(block.type.endswith("thinking") for block in blocks):
                content = [block.to_param() for block in blocks]
                said.append({"role": "user" if is_result else "assistant", "content": content})
        # Results ask by themselves for what follows.
        if said and messages and messages[-1]["role"] == "assistant":
            messages.append(_request_to_go_on(turn, begin))
        messages += said
        begin = end
    return messages


def _request_to_go_on(turn: Turn, end: int | None = None) -> dict[str, Any]:
    text = "".join(block.text for block in turn.blocks[:end] if block.type == "text")
    return {"role": "user", "content": GO_ON.format(tail=text[-TAIL:])}


def _last_calls(turn: Turn) -> list[Block]:
    """The reader's tools that an answer's last message calls: results in what comes after it may be theirs."""
    results = (place + 1 for place, block in enumerate(turn.blocks) if block.type == "tool_result")
    last = turn.blocks[max([0, *turn.seams, *results]) :]
    return [block for block in last if block.type == "tool_use"]


def _whole_calls(blocks: list[Block]) -> set[object]:
    """The ids of the calls that came whole and have their results."""
    answered: set[object] = {block.param.get("tool_use_id") for block in blocks}
    whole = {block.param.get("id") for block in blocks if is_call(block.type) and block.arguments() is not None}
    return answered & whole


def _is_sendable(block: Block, calls: set[object]) -> bool:
    """Whether the Messages API accepts this block again.

    Text must hold more than white space; thinking comes back with its signature or not at all; a call needs its
    result, and a result its call.
    """
    if is_call(block.type):
        return block.param.get("id") in calls
    if block.type.endswith("tool_result"):
        return block.param.get("tool_use_id") in calls
    if block.type == "thinking":
        return bool(block.param.get("signature"))
    if block.type == "redacted_thinking":
        return block.closed
    return block.type != "text" or bool(block.text.strip())
