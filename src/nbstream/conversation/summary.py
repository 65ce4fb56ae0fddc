"""Summary with which a new conversation begins, because the old one has filled the model's context window.

The question for it is another version of the first turn, so both conversations stay in the chat. Its request has
the turns of the old one before it, and the requests after it have the summary alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.messages import build_messages
from ..core.transcript import Transcript
from ..core.turn import Turn

SUMMARY_PROMPT = (
    "Summarize our conversation so far, so that we can go on from the summary alone: what I want to reach, what "
    "we have decided and why, the facts, names, numbers and code that are still needed, and what is open."
)

SUMMARY_MAX_TOKENS = 8_000
"""The most tokens of a summary. The conversation before it leaves little room in the model's context window."""


def can_be_summarized(turns: Sequence[Turn]) -> bool:
    """Return whether a conversation has turns before its latest question and reply."""
    return len(turns) > 2


def summary_request(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the request for a summary that differ from the chat's defaults: text, without calls."""
    request: dict[str, Any] = {"max_tokens": min(SUMMARY_MAX_TOKENS, int(defaults["max_tokens"]))}
    if defaults.get("tools"):
        request["tool_choice"] = "none"
    config = defaults.get("output_config") or {}
    if "format" in config:
        request["output_config"] = {name: value for name, value in config.items() if name != "format"} or None
    return request


def messages_for_reply(
    transcript: Transcript, turns: Sequence[Turn], *, is_continuation: bool = False
) -> list[dict[str, Any]]:
    """Return the messages of the request for the reply after some turns; see `build_messages`.

    Args:
        transcript: The conversation.
        turns: The turns to send. Before a question for a summary, the turns that it is about are sent.
        is_continuation: Whether the last of them is a reply that Claude is to continue.
    """
    question = next((turn for turn in reversed(turns) if turn.role == "user"), None)
    earlier = transcript.tree.path_to(question.summarizes) if question is not None else []
    return build_messages([*earlier, *turns], is_continuation=is_continuation)
