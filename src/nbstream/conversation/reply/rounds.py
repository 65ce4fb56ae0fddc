"""Rounds of one reply: the requests after its first one, which follow a pause of the API or the calls of tools."""

from __future__ import annotations

from ...core.turn import Block
from ...tools.calls import ToolRunner
from .builder import ReplyBuilder
from .limits import MAX_PAUSE_TURNS, PAUSES


class Rounds:
    """Decides whether a reply sends another request, runs the calls before it, and counts both kinds of rounds.

    Args:
        builder: Has the message whose calls are run.
        tools: Runs the calls; `None` if the chat has no tools.
        max_tool_rounds: As in `ReplyLimits`.

    Attributes:
        tool_rounds: The number of messages whose calls have been run.
    """

    def __init__(self, builder: ReplyBuilder, tools: ToolRunner | None, max_tool_rounds: int) -> None:
        self.tool_rounds = 0
        self._builder = builder
        self._tools = tools
        self._max_tool_rounds = max_tool_rounds
        self._pauses = 0

    def continues(self, reason: str) -> bool:
        """Tell whether another request follows a message with this stop reason. Call it once for each message."""
        if reason in PAUSES:
            self._pauses += 1
            return self._pauses <= MAX_PAUSE_TURNS
        return reason == "tool_use" and bool(self._due_calls())

    async def run_calls(self) -> bool:
        """Run the calls that Claude waits for, and return whether their results may be sent."""
        if self._tools is None or not (calls := self._due_calls()):
            return True
        await self._tools.run(calls)
        self.tool_rounds += 1
        return self.tool_rounds < self._max_tool_rounds

    def _due_calls(self) -> list[Block]:
        return self._tools.runnable(self._builder.message_blocks) if self._tools is not None else []
