"""Conversion of a conversation to the messages of the next request, in a form that the API always accepts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from itertools import groupby, pairwise
from typing import Any

from .ops import Role
from .required_fields import has_required_fields
from .turn import Block, Turn, is_call, is_known

TAIL_CHARS = 200
"""The number of characters that a request to continue quotes from the end of a broken answer. They are enough for
Claude to find the position."""

CONTINUE_PROMPT = (
    "Your answer broke off. It ends with:\n\n{tail}\n\n"
    "Go on from exactly there, in the middle of a word or a code block if need be: repeat nothing of it, and "
    "add no introduction and no remark about the interruption."
)
"""Models since Claude 4.6 refuse a request that ends with an unfinished assistant turn. The API's documentation
says to ask for the continuation in a user turn instead."""


Group = tuple[Role, list[Block]]
"""The role and the blocks of one message, before those that cannot be sent are removed."""


def build_messages(
    turns: Sequence[Turn], *, is_continuation: bool = False, is_running: bool = False
) -> list[dict[str, Any]]:
    """Convert turns to messages of the Messages API.

    A reply that broke off keeps its whole text and loses the blocks that the API would refuse: blank text,
    thinking without its signature or without a block after it, calls without their results, and results without
    their calls. A turn that has no block left is not sent. Then two turns of one role may be neighbours, which is
    allowed because the API joins neighbouring messages of one role. A reply that the API refused is left out
    together with its question. If both stayed in the conversation, the API would refuse the next turns too, and
    its advice is to remove both. The same holds for a question that the API answered with an error, such as one
    with an attachment that the API does not take.

    Args:
        turns: The conversation.
        is_continuation: The last turn is to be continued, so a request to continue is added.
        is_running: The last turn continues by itself, after a pause or with the results of its calls. Calls that
            the API's own tools have not answered yet are then sent too, as they are if a turn is continued from
            results.

    Returns:
        Messages, each with a role and content.
    """
    parts = [_message_groups(turn) for turn in _accepted_turns(turns)]
    answered = _answered_ids([group for turn in parts for part in turn for group in part])
    goes_on = is_running or (is_continuation and [b.type for b in turns[-1].blocks[-1:]] == ["tool_result"])
    last = _awaited_blocks(turns[-1]) if goes_on else set()
    messages: list[dict[str, Any]] = []
    for turn in parts:
        text = ""
        for part in turn:
            part_messages = [
                message for group in part if (message := _build_message(*group, answered, last)) is not None
            ]
            # After results of calls no request to continue is needed, because Claude answers results by itself.
            if part_messages and text.strip() and part_messages[0]["role"] == messages[-1]["role"] == "assistant":
                messages.append(_continue_message(text))
            messages += part_messages
            text += "".join(_text_of(blocks) for _, blocks in part)
    if is_continuation and messages and messages[-1]["role"] == "assistant":
        messages.append(_continue_message(_text_of(turns[-1].blocks)))
    return _with_results_first(messages)


def _accepted_turns(turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns without refused and left-out replies and the questions before them."""
    accepted: list[Turn] = []
    for turn in turns:
        if not turn.is_refused and not turn.is_left_out:
            accepted.append(turn)
        elif turn.is_left_out:
            # The API's error is about this question alone; messages before it may be context that it has taken.
            if accepted and accepted[-1].role == "user":
                accepted.pop()
        else:
            while accepted and accepted[-1].role == "user":
                accepted.pop()
    return accepted


def _message_groups(turn: Turn) -> list[list[Group]]:
    """Split a turn into one part for each continuation, and each part into messages.

    An answer alternates between Claude's own blocks and the results of its calls.
    """
    if turn.role != "assistant":
        return [[(turn.role, turn.blocks)]]
    ends = [*turn.continuations, len(turn.blocks)]
    return [
        [
            ("user" if is_result else "assistant", list(group))
            for is_result, group in groupby(turn.blocks[begin:end], lambda block: block.type == "tool_result")
        ]
        for begin, end in pairwise([0, *ends])
    ]


def _awaited_blocks(turn: Turn) -> set[int]:
    """Return the identities of the blocks that the API goes on from: those after the latest continuation."""
    begins = [begin for begin in (0, *turn.continuations) if begin < len(turn.blocks)]
    return {id(block) for block in turn.blocks[max(begins, default=0) :]}


def _answered_ids(groups: Sequence[Group]) -> set[int]:
    """Return the identities (`id(block)`) of all calls and results that form pairs as the API expects them.

    The result of one of the user's tools stands in the message after its call. The result of one of the API's own
    tools stands in the same message, or after results of the user's tools: code that the API runs may call them.
    """
    answered: set[int] = set()
    # Results in all groups of the user directly after the current group. The API joins these groups, because it
    # joins neighbouring messages of one role.
    after: dict[Any, Block] = {}
    # Results of the API's own tools in the current group, and in those that follow it after results of the user's.
    within: dict[Any, Block] = {}
    # The loop starts at the end, so that it visits each block once: one request may bring 10,000 messages.
    for role, blocks in reversed(groups):
        # Of several results with the same id the first one counts, and of several calls with the same id the last
        # one.
        if role == "system":
            after = {}
            continue
        if role == "user":
            after |= _blocks_by_id(
                "tool_use_id", (block for block in reversed(blocks) if block.type == "tool_result")
            )
            continue
        own = (block for block in reversed(blocks) if block.type.endswith("_tool_result"))
        within = (within if after else {}) | _blocks_by_id("tool_use_id", own)
        calls = _blocks_by_id("id", (block for block in blocks if is_call(block.type) and block.is_closed))
        for name, call in calls.items():
            result = (after if call.type == "tool_use" else within).get(name)
            if result is not None:
                answered |= {id(call), id(result)}
        after = {}
    return answered


def _blocks_by_id(field: str, blocks: Iterable[Block]) -> dict[Any, Block]:
    named = ((block.param.get(field), block) for block in blocks if has_required_fields(block.type, block.param))
    # A user may pass a list as an id. It is not hashable, so it cannot be a key.
    return {name: block for name, block in named if isinstance(name, Hashable)}


def _build_message(role: Role, blocks: list[Block], answered: Set[int], last: Set[int]) -> dict[str, Any] | None:
    sent = [block for block in blocks if _is_sendable(block, answered, last)]
    while role == "assistant" and sent and sent[-1].type.endswith("thinking"):
        # The API refuses a message that ends with thinking.
        sent.pop()
    content = [block.to_param() for block in sent]
    if not content:
        return None
    only_text = role != "assistant" and len(content) == 1 and set(content[0]) == {"type", "text"}
    return {"role": role, "content": content[0]["text"] if only_text else content}


def _with_results_first(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Move results to the front of neighbouring messages of one role, which the API reads as one message."""
    sent: list[dict[str, Any]] = []
    for role, group in groupby(messages, lambda message: message["role"]):
        neighbours = list(group)
        blocks = [block for message in neighbours for block in _blocks_of(message)]
        in_order = sorted(blocks, key=lambda block: block["type"] != "tool_result")
        sent += neighbours if in_order == blocks else [{"role": role, "content": in_order}]
    return sent


def _blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text_of(blocks: Iterable[Block]) -> str:
    return "".join(block.text for block in blocks if block.type == "text")


def _continue_message(text: str) -> dict[str, Any]:
    return {"role": "user", "content": CONTINUE_PROMPT.format(tail=text[-TAIL_CHARS:])}


def _is_sendable(block: Block, answered: Set[int], last: Set[int]) -> bool:
    """Return whether the Messages API accepts this block in a request."""
    if not has_required_fields(block.type, block.param):
        return False
    if is_call(block.type):
        is_awaited = block.type != "tool_use" and block.is_closed and id(block) in last
        return id(block) in answered or is_awaited
    if block.type.endswith("tool_result"):
        return id(block) in answered
    if block.type == "thinking":
        return bool(block.param.get("signature"))
    if block.type == "redacted_thinking" or not is_known(block.type):
        return block.is_closed
    return block.type != "text" or bool(block.text.strip())
