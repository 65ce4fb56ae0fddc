"""Upper bounds of one request's cost: found before it is sent, and applied where the API's counts are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...claude.prices import cost_of, price_of, prices
from ...claude.usage import RequestUsage
from ...core.turn import THINKING_TYPES, is_call
from .server_tools import ServerTools
from .token_estimate import (
    MAX_CONTEXT_TOKENS,
    estimate_format_tokens,
    estimate_tokens,
    estimate_tool_tokens,
    is_cached_for_an_hour,
)

HIDDEN_TOKENS_PER_SECOND = 400
"""The highest speed of hidden text in a reply that was stopped. A page that quotes the benchmarks
of Artificial Analysis has 63 for Claude Sonnet 4.5 (2025). Anthropic calls Haiku 4.5 up to five times as fast, and
claims more of no other model. The fastest that was measured is 101, of Haiku 3.5 at Amazon."""

UNDELIVERED_TOKENS = 100
"""Tokens that Claude may have written and that were still on their way when a request ended early: a second of
text."""

SERVER_CALL_TYPES = frozenset({"server_tool_use", "mcp_tool_use"})
"""The types of the blocks that call tools which the API runs itself. After them Claude reads their results."""

INPUT_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


@dataclass(frozen=True)
class RequestBounds:
    """One request's limits and prices.

    Attributes:
        model: The model that is asked.
        input_usd: The most US dollars of its input, together with everything that tools of the API's add to it.
        usd_per_token: US dollars for each token of the answer.
        max_tokens: The most tokens that the answer may have.
        sent_at: When the request was bounded, in seconds of the account's clock.
    """

    model: str
    input_usd: float
    usd_per_token: float
    max_tokens: int
    sent_at: float

    @property
    def usd(self) -> float:
        """The most US dollars that the request may cost."""
        return self.input_usd + self.max_tokens * self.usd_per_token

    def settled_usd(self, usage: RequestUsage, ended_at: float) -> float:
        """Return the most US dollars that the request has cost; its exact cost if the API has counted all of it.

        Args:
            usage: The usage of this request.
            ended_at: When the request ended, in seconds of the account's clock.
        """
        unseen_usd = self.unanswered_usd(usage)
        if not usage.counts:
            return unseen_usd
        counted_usd = cost_of(usage.counts, price_of(self.model, prices)) or 0.0
        if not any(usage.counts.get(name) for name in INPUT_COUNTS):
            # Every request has some input, so the server has not counted it: some do so only at the end, or never.
            counted_usd += self.input_usd
        elif usage.block_types & SERVER_CALL_TYPES and not usage.is_complete:
            # The count from the beginning of the answer has nothing of the results that Claude read since.
            input_counts = {**usage.counts, "output_tokens": 0}
            input_usd = cost_of(input_counts, price_of(self.model, prices)) or 0.0
            counted_usd += max(0.0, self.input_usd - input_usd)
        if usage.is_complete:
            return unseen_usd + counted_usd
        return unseen_usd + counted_usd + self._uncounted_tokens(usage, ended_at) * self.usd_per_token

    def unanswered_usd(self, usage: RequestUsage) -> float:
        """Return the most US dollars of the attempts without any count: Claude may have read the input at each."""
        undelivered_usd = min(self.max_tokens, UNDELIVERED_TOKENS) * self.usd_per_token
        return usage.unanswered_attempts * (self.input_usd + undelivered_usd)

    def _uncounted_tokens(self, usage: RequestUsage, ended_at: float) -> int:
        """Return the most tokens of the answer that the API had not counted when the request ended.

        Thinking may be hidden, and the API sends an argument of a call when it is complete (Claude docs,
        "Fine-grained tool streaming", have a delay of 15 seconds). Without their share, a caller who always stops
        in time could have Claude write for nothing.
        """
        counted = int(usage.counts.get("output_tokens") or 0)
        tokens = counted + usage.uncounted_bytes + UNDELIVERED_TOKENS
        if any(type_ in THINKING_TYPES or is_call(type_) for type_ in usage.block_types):
            tokens = max(tokens, int((ended_at - self.sent_at) * HIDDEN_TOKENS_PER_SECOND))
        # Never below the estimate that the page shows, which stopped the reply at its limit.
        least = int(usage.estimated_counts()["output_tokens"])
        return max(least, min(self.max_tokens, tokens)) - counted


def bound_request(
    request: dict[str, Any], available_usd: float, document_tokens: int | None, now: float
) -> RequestBounds:
    """Bound a request by the US dollars that are available.

    Args:
        request: The request that will be sent. Its `max_tokens`, and the `max_uses` of the API's own tools, are
            lowered to the numbers that can be paid for.
        available_usd: US dollars that the request may cost.
        document_tokens: The most tokens of the request's documents; with `None`, the request counts as the most
            tokens that a model reads.
        now: The time, in seconds of the account's clock.

    Raises:
        ValueError: Not one token of an answer can be paid for.
    """
    server_tools = ServerTools(request.get("tools") or ())
    content = [request["messages"], request.get("system")]
    tokens = MAX_CONTEXT_TOKENS
    if document_tokens is not None:
        text_tokens = estimate_tokens(content) + estimate_tool_tokens(request.get("tools") or ())
        text_tokens += estimate_format_tokens(request.get("output_config") or {})
        tokens = min(text_tokens + document_tokens, MAX_CONTEXT_TOKENS)
    is_for_an_hour = is_cached_for_an_hour([*content, request.get("tools"), request.get("cache_control")])
    # The answer gets the other half, unless the input alone is more.
    uses = server_tools.max_uses
    while uses > 1 and _input_usd(request, server_tools, tokens, uses, is_for_an_hour) > available_usd / 2:
        uses -= 1
    input_usd = _input_usd(request, server_tools, tokens, uses, is_for_an_hour)
    usd_per_token = _usd_per_token(request, server_tools.input_tokens(tokens, uses))
    max_tokens = request["max_tokens"]
    if usd_per_token:
        max_tokens = min(max_tokens, int((available_usd - input_usd) / usd_per_token))
    if max_tokens < 1:
        raise ValueError(
            f"The question would cost about ${input_usd:.4f} before the first word of an answer, and only "
            f"${max(0.0, available_usd):.4f} of your budget for a day is left; it begins anew at midnight UTC."
        )
    request["max_tokens"] = max_tokens
    if server_tools.max_uses:
        request["tools"] = server_tools.limited_to(uses)
    return RequestBounds(str(request["model"]), input_usd, usd_per_token, max_tokens, now)


def check_affordable(request: Mapping[str, Any], dollars_per_day: float | None) -> None:
    """Check that a day's dollars can pay for the shortest question, with the tools that the API runs itself.

    Args:
        request: The fields that every request sends beside its messages.
        dollars_per_day: The limit; `None` for no limit.

    Raises:
        ValueError: Every question would be refused.
    """
    tools = request.get("tools") or ()
    if dollars_per_day is None or not ServerTools(tools).has_any:
        return
    shortest = {**request, "messages": [{"role": "user", "content": "Hi"}]}
    try:
        bound_request(shortest, dollars_per_day, 0, 0.0)
    except ValueError as error:
        raise ValueError(
            f"dollars_per_day is {dollars_per_day:g}, and every question would be refused: at each use of a tool "
            f"that the API runs itself, {request['model']} may read {MAX_CONTEXT_TOKENS:,} tokens. Raise the "
            f"limit, or leave these tools out. ({error})"
        ) from error


def _input_usd(
    request: Mapping[str, Any], server_tools: ServerTools, tokens: int, uses: int, is_for_an_hour: bool
) -> float:
    usage = _input_counts(server_tools.input_tokens(tokens, uses), is_for_an_hour)
    usage["server_tool_use"] = {"web_search_requests": uses}
    return cost_of({**usage, **_price_fields(request)}, price_of(str(request["model"]), prices)) or 0.0


def _input_counts(tokens: int, is_for_an_hour: bool) -> dict[str, Any]:
    usage: dict[str, Any] = {"cache_creation_input_tokens": tokens, "output_tokens": 0}
    if is_for_an_hour:
        # A caller may ask for this at any block, and pays for everything before that block.
        usage["cache_creation"] = {"ephemeral_1h_input_tokens": tokens}
    return usage


def _usd_per_token(request: Mapping[str, Any], input_tokens: int) -> float:
    price = price_of(str(request["model"]), prices)
    usage = {**_input_counts(input_tokens, is_for_an_hour=False), **_price_fields(request)}
    without = cost_of(usage, price) or 0.0
    return ((cost_of({**usage, "output_tokens": 1_000}, price) or 0.0) - without) / 1_000


def _price_fields(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request that change its price, under the names that a usage has for them."""
    return {name: request[name] for name in ("inference_geo",) if request.get(name) is not None}
