"""Tools that the API runs itself inside one request, such as web search: the most that they add to its input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ..http.content_walk import type_of

SERVER_TOOL_PREFIXES = ("web_search_", "web_fetch_", "code_execution_", "tool_search_", "mcp_toolset")
"""Beginnings of the `type` of tools that the API runs itself. All others run on the operator's machine."""

LIMITED_PREFIXES = ("web_search_", "web_fetch_")
"""Those of them that take `max_uses`. Of the others, as many uses are kept back as can be paid for, and all count
once the API has counted them."""

MAX_ROUNDS = 10
"""Rounds of its own tools after which the API ends a request with `pause_turn` (Claude docs, "Server tools")."""

MAX_USES = 10
"""The most uses of one of these tools in a request where the operator gave no `max_uses`. It is sent with the
request, because nobody could keep back enough money for a number that has no limit."""

RESULT_TOKENS = 20_000
"""Tokens of one use's result, which the docs give no limit for: a search returns ten results, and one of 2,000
tokens is long."""

FETCHED_TOKENS = 125_000
"""Tokens of a fetched page without `max_content_tokens`: a PDF of 500 kB (Claude docs, "Web fetch tool")."""


class ServerTools:
    """The tools in a request that the API runs itself.

    Args:
        tools: The definitions of all tools of the request.
    """

    def __init__(self, tools: Iterable[Mapping[str, Any]]) -> None:
        self._tools = list(tools)

    @cached_property
    def max_uses(self) -> int:
        """The most uses of any one of these tools in a request; 0 if there are none."""
        return max((_max_uses(tool) for tool in self._tools if _is_server_tool(tool)), default=0)

    def limited_to(self, uses: int) -> list[Mapping[str, Any]]:
        """Return the definitions, with a `max_uses` of at most `uses` where the API takes one."""

        def limit(tool: Mapping[str, Any]) -> Mapping[str, Any]:
            is_limited = type_of(tool).startswith(LIMITED_PREFIXES)
            return {**tool, "max_uses": min(uses, _max_uses(tool))} if is_limited else tool

        return [limit(tool) for tool in self._tools]

    def input_tokens(self, tokens: int, uses: int) -> int:
        """Return the most input tokens of a request, all rounds together.

        After each round, Claude reads the whole input again, with the results of all rounds before.

        Args:
            tokens: Tokens of the request as it is sent.
            uses: The most uses of each tool.
        """
        results = [
            (min(uses, _max_uses(tool)), _result_tokens(tool)) for tool in self._tools if _is_server_tool(tool)
        ]
        total_uses = sum(count for count, _ in results)
        most_tokens = max((size for _, size in results), default=0)
        rounds = min(total_uses, MAX_ROUNDS)
        # The most is read if each round has one use, and the first one all uses that are more than the rounds.
        reads = rounds * total_uses - rounds * (rounds - 1) // 2
        return (rounds + 1) * tokens + reads * most_tokens


def _is_server_tool(tool: Mapping[str, Any]) -> bool:
    return type_of(tool).startswith(SERVER_TOOL_PREFIXES)


def _max_uses(tool: Mapping[str, Any]) -> int:
    given = tool.get("max_uses")
    return MAX_USES if not isinstance(given, int) else max(1, given)


def _result_tokens(tool: Mapping[str, Any]) -> int:
    if not type_of(tool).startswith("web_fetch_"):
        return RESULT_TOKENS
    given = tool.get("max_content_tokens")
    return given if isinstance(given, int) else FETCHED_TOKENS
