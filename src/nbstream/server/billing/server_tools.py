"""Tools that the API runs itself inside one request, such as web search: the most that they add to its input.

The Claude docs give no highest size for any result: a search reads whole pages, and the `max_content_tokens` of a
fetched page does not hold for PDFs. So each time that Claude reads a result, it may read as much as a model can
read at once. How often it does so is limited by `max_uses`, where a tool takes one, and for all tools by the API.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ..http.content_walk import type_of
from .token_estimate import MAX_CONTEXT_TOKENS

SERVER_TOOL_PREFIXES = ("web_search_", "web_fetch_", "code_execution_", "tool_search_", "mcp_toolset")
"""Beginnings of the `type` of tools that the API runs itself. All others run on the operator's machine."""

LIMITED_PREFIXES = ("web_search_", "web_fetch_")
"""Beginnings of the `type` of the tools that take `max_uses`."""

MAX_ROUNDS = 10
"""Rounds of its own tools after which the API ends a request with `pause_turn` (Claude docs, "Handling stop
reasons"). The request that goes on is kept back like any other."""

SERVER_TOOL_PROMPT_TOKENS = 10_000
"""Tokens of the API's own definitions of these tools, which the docs do not give: those of the tools that they do
give have fewer than 1,000 each."""


class ServerTools:
    """The tools in a request that the API runs itself.

    Args:
        tools: The definitions of all tools of the request.
    """

    def __init__(self, tools: Iterable[Mapping[str, Any]]) -> None:
        self._tools = list(tools)
        self._own = [tool for tool in self._tools if type_of(tool).startswith(SERVER_TOOL_PREFIXES)]

    @property
    def has_any(self) -> bool:
        """Whether there are such tools."""
        return bool(self._own)

    @cached_property
    def max_uses(self) -> int:
        """The most uses of any one of these tools in a request that can be lowered; 0 if there are none."""
        return max((_max_uses(tool) for tool in self._own if _is_limited(tool)), default=0)

    def limited_to(self, uses: int) -> list[Mapping[str, Any]]:
        """Return the definitions, with a `max_uses` of at most `uses` where the API takes one."""
        return [
            {**tool, "max_uses": min(uses, _max_uses(tool))} if _is_limited(tool) else tool for tool in self._tools
        ]

    def input_tokens(self, tokens: int, uses: int) -> int:
        """Return the most input tokens of a request, all rounds together.

        Args:
            tokens: Tokens of the request as it is sent.
            uses: The most uses of each tool that takes `max_uses`.
        """
        if not self._own:
            return tokens
        total_uses = sum(min(uses, _max_uses(tool)) if _is_limited(tool) else MAX_ROUNDS for tool in self._own)
        return tokens + SERVER_TOOL_PROMPT_TOKENS + min(total_uses, MAX_ROUNDS) * MAX_CONTEXT_TOKENS


def _is_limited(tool: Mapping[str, Any]) -> bool:
    return type_of(tool).startswith(LIMITED_PREFIXES)


def _max_uses(tool: Mapping[str, Any]) -> int:
    given = tool.get("max_uses")
    return MAX_ROUNDS if not isinstance(given, int) else max(1, given)
