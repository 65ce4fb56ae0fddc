"""What the next request sends of a conversation: the API takes it, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .turn import Block, Turn

TAIL = 200
"""Characters of a broken answer's end that a request to go on quotes: enough to find the place by."""

GO_ON = (
    "Your answer broke off. The last that came of it was:\n\n{tail}\n\n"
    "Go on from exactly there, in the middle of a word or a code block if need be: repeat nothing of it, and "
    "add no introduction and no remark about the interruption."
)
"""Models since Claude 4.6 take no assistant turn to be continued, so the API's documentation has a user turn
ask for it."""


def messages_of(turns: Iterable[Turn], *, go_on: bool = False) -> list[dict[str, Any]]:
    """The turns as the Messages API takes them.

    A reply that broke off keeps its whole text, and loses what the API would refuse: blank text, thinking
    without its signature, calls without their results. A turn of which nothing is left is not sent; the API
    joins neighbours of one role. A reply that was refused is left out together with its question: with both in
    the conversation the API refuses what follows too, and says to take them out.

    Args:
        turns: The conversation.
        go_on: The last turn is to be continued: ask for it.

    Returns:
        Messages, each with a role and content.
    """
    messages: list[dict[str, Any]] = []
    for turn in turns:
        if turn.role == "user":
            messages += _question(turn)
        elif turn.refused:
            while messages and messages[-1]["role"] == "user":
                messages.pop()
        else:
            messages += _answer(turn)
    if go_on:
        messages.append(_request_to_go_on(turn))
    return messages


def _question(turn: Turn) -> list[dict[str, Any]]:
    blocks = [block for block in turn.blocks if block.type != "text" or block.text.strip()]
    content = [block.to_param() for block in blocks]
    if not content:
        return []
    only_text = len(content) == 1 and set(content[0]) == {"type", "text"}
    return [{"role": "user", "content": content[0]["text"] if only_text else content}]


def _answer(turn: Turn) -> list[dict[str, Any]]:
    """One message, or one for each part of a reply that was continued, and between them what asked for it."""
    messages: list[dict[str, Any]] = []
    begin = 0
    for end in [*turn.seams, len(turn.blocks)]:
        content = [block.to_param() for block in _sendable(turn.blocks[begin:end])]
        if content and messages:
            messages.append(_request_to_go_on(turn, begin))
        if content:
            messages.append({"role": "assistant", "content": content})
        begin = end
    return messages


def _request_to_go_on(turn: Turn, end: int | None = None) -> dict[str, Any]:
    text = "".join(block.text for block in turn.blocks[:end] if block.type == "text")
    return {"role": "user", "content": GO_ON.format(tail=text[-TAIL:])}


def _sendable(blocks: list[Block]) -> list[Block]:
    """The blocks of an answer that the API accepts again.

    Rules of the Messages API: text must hold more than white space; thinking comes back with its signature or
    not at all; a call needs its result beside it; a turn is not only thinking.
    """
    answered = {block.param.get("tool_use_id") for block in blocks}
    kept = [
        block
        for block in blocks
        if (block.type != "text" or block.text.strip())
        and (block.type != "thinking" or block.param.get("signature"))
        and (block.type != "redacted_thinking" or block.closed)
        and (not block.type.endswith("tool_use") or block.param.get("id") in answered)
        and "partial_json" not in block.param
    ]
    return kept if any(not block.type.endswith("thinking") for block in kept) else []
