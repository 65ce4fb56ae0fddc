"""Check of earlier turns that a caller brings, before a conversation starts from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from .short_repr import short_repr
from .turn import is_call


def check_history(messages: Sequence[Mapping[str, Any]]) -> None:
    """Raise an error for messages that the API would refuse in every request.

    The rules are the API's own: no message and no text is empty, thinking has its signature, ids are strings, and
    a call has its result in the next message. Neighbouring messages of one role are one message to the API, and a
    call at the very end may still get its result.

    Args:
        messages: Each with a role and content; see `as_messages`.

    Raises:
        ValueError: A message breaks a rule. The error names the first such message, the rule and the remedy.
    """
    for index, message in enumerate(messages):
        content = message["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if not content:
            raise ValueError(f"messages[{index}] is empty; leave it out.")
        for number, block in enumerate(content):
            _check_block(block, f"messages[{index}], block {number},")
    _check_calls(messages)


def _check_block(block: Mapping[str, Any], where: str) -> None:
    if block["type"] == "text" and not str(block.get("text", "")).strip():
        raise ValueError(f"{where} is blank text, which the API refuses; leave it out.")
    if block["type"] == "thinking" and not block.get("signature"):
        raise ValueError(
            f"{where} is thinking without its signature; pass it as the API gave it, or leave it out."
        )
    for field, needs_it in (("id", is_call), ("tool_use_id", lambda type_: type_.endswith("tool_result"))):
        if needs_it(block["type"]) and not isinstance(block.get(field), str):
            raise ValueError(
                f"{where} is {block['type']:.60} and its {field} is {short_repr(block.get(field), 60)}; an id is "
                "text, so pass it as the API gave it."
            )


def _check_calls(messages: Iterable[Mapping[str, Any]]) -> None:
    # A dict keeps the order of the calls and finds a call at once, even if a message has 10,000 calls.
    calls: dict[str, None] = {}
    for role, group in groupby(messages, lambda message: message["role"]):
        blocks = [block for message in group for block in message["content"] if isinstance(block, Mapping)]
        results = dict.fromkeys(block["tool_use_id"] for block in blocks if block["type"] == "tool_result")
        for call in calls:
            if call not in results:
                raise ValueError(
                    f"The call {short_repr(call, 100)} (tool_use) has no tool_result in the message after it; "
                    "add it, or leave the call out."
                )
        for result in results:
            if result not in calls:
                raise ValueError(
                    f"The tool_result for {short_repr(result, 100)} answers no tool_use of the message before it; "
                    "add the call, or leave the result out."
                )
        own = (block["id"] for block in blocks if block["type"] == "tool_use" and role == "assistant")
        calls = dict.fromkeys(own)
