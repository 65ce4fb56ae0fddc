"""Limits of the requests that one reply sends automatically, and of the silence that it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PAUSES = frozenset({"pause_turn", "compaction"})
"""The stop reasons after which the API goes on as soon as its message is sent back to it."""

CONTEXT_FULL = "model_context_window_exceeded"
"""The API's stop reason of an answer that ended because the model's context window is full."""

MAX_PAUSE_TURNS = 20
"""The most requests that one reply sends automatically after one of the stop reasons in `PAUSES`. The API pauses
after about ten rounds of its own tools, so this limit allows about two hundred rounds. It ends a reply that would
pause for ever."""

MAX_TOOL_ROUNDS = 50
"""The most requests with tool results that one reply sends automatically. An agent that makes progress needs some
dozen rounds. The limit ends an agent that calls tools in an endless loop."""


@dataclass(frozen=True)
class ReplyLimits:
    """Limits of one reply, in addition to its budget.

    Attributes:
        max_tool_rounds: The most requests with tool results that the reply sends automatically.
        stall_timeout_seconds: Silence of the server after which the reply is ended. With `None` it is
            `EXPIRE_AFTER_SECONDS` for the Claude API, which sends pings, and the client's read timeout for other
            servers.
    """

    max_tool_rounds: int = MAX_TOOL_ROUNDS
    stall_timeout_seconds: float | None = None


def with_free_tool_choice(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request with a `tool_choice` that does not force Claude to call a tool.

    If every request of a reply forced a call, Claude would call the tool again and again until `MAX_TOOL_ROUNDS`.
    """
    choice = request.get("tool_choice")
    if isinstance(choice, Mapping) and choice.get("type") in ("any", "tool"):
        kept = {name: value for name, value in choice.items() if name not in ("type", "name")}
        return {**request, "tool_choice": {"type": "auto", **kept}}
    return dict(request)
