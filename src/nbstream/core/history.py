"""Earlier turns that the Messages API would refuse, told before they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any


def check_history(messages: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what no request with these messages could send.

    The rules are the API's own: nothing is empty, thinking comes with its signature, and a call has its result in
    the message after it. Neighbours of one role are one message to the API, and a call at the very end may still
    get its result.

    Args:
        messages: Each with a role and content; see `as_messages`.

    Raises:
        ValueError: A message, with what is wrong about it and what to do.
    """
    for index, message in enumerate(messages):
        content = message["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if not content:
            raise ValueError(f"messages[{index}] is empty; leave it out.")
        for number, block in enumerate(content):
            _check_block(block, f"messages[{index}], part {number},")
    _check_calls(messages)


def _check_block(block: Mapping[str, Any], where: str) -> None:
    if block["type"] == "text" and not str(block.get("text", "")).strip():
        raise ValueError(f"{where} is blank text, which the API refuses; leave it out.")
    if block["type"] == "thinking" and not block.get("signature"):
        raise ValueError(
            f"{where} is thinking without its signature; pass it as the API gave it, or leave it out."
        )


def _check_calls(messages: Iterable[Mapping[str, Any]]) -> None:
    calls: list[Any] = []
    for role, group in groupby(messages, lambda message: message["role"]):
        blocks = [block for message in group for block in message["content"] if isinstance(block, Mapping)]
        results = [block.get("tool_use_id") for block in blocks if block["type"] == "tool_result"]
        for call in calls:
            if call not in results:
                raise ValueError(
                    f"The call {call!r} (tool_use) has no tool_result in the message after it; add it, or leave "
                    "the call out."
                )
        for result in results:
            if result not in calls:
                raise ValueError(
                    f"The tool_result for {result!r} answers no tool_use of the message before it; add the call, "
                    "or leave the result out."
                )
        calls = [block.get("id") for block in blocks if block["type"] == "tool_use" and role == "assistant"]
