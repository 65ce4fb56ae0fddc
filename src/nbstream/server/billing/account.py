"""Cost of one conversation's replies: reserved before each request, and settled when the reply has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from ...claude.prices import cost_of, price_of, prices
from ...claude.usage import total
from ...content.message import PdfPages
from ...conversation.conversation import Conversation
from ...core.ops import Status
from ...kernel.event_loop import clock
from ..errors import Refused
from ..http.request_body import count_chars
from ..limits import Limits
from .ledger import Ledger, Reserve
from .token_estimate import estimate_tokens, is_cached_for_an_hour

THINKING_TOKENS_PER_SECOND = 100
"""The assumed speed of hidden thinking in a reply that was stopped. The figure is high on purpose, so that no
caller is charged too little. The benchmarks of Artificial Analysis give 63 for Claude Sonnet 4.5 and 45 for Opus
4.1 (2025, at second hand)."""

THINKING_TYPES = frozenset({"thinking", "redacted_thinking"})


@dataclass(frozen=True)
class _RequestBounds:
    """The latest request's limits and prices.

    Attributes:
        input_usd: Estimated US dollars for the input, which are spent before the answer begins.
        usd_per_token: US dollars for each token of the answer.
        max_tokens: The most tokens that the answer may have.
        sent_at: The time at which the request was sent, in seconds of the account's clock.
    """

    input_usd: float = 0.0
    usd_per_token: float = 0.0
    max_tokens: int = 0
    sent_at: float = 0.0

    @property
    def usd(self) -> float:
        """The most US dollars that the request may cost."""
        return self.input_usd + self.max_tokens * self.usd_per_token


class Account:
    """Reserves and settles the cost of one conversation's replies, of which only one runs at a time.

    Args:
        ledger: The ledger of this worker.
        limits: The server's limits.
        caller: The caller who pays.
        now: A monotonic clock, in seconds.
        pdf_pages: The known numbers of pages of the conversation's PDFs. The mapping may grow later, because the
            account reads it anew for each request.
    """

    def __init__(
        self,
        ledger: Ledger,
        limits: Limits,
        caller: str,
        now: Callable[[], float] = clock,
        pdf_pages: PdfPages | None = None,
    ) -> None:
        self._ledger = ledger
        self._limits = limits
        self._caller = caller
        self._now = now
        self._pdf_pages: PdfPages = {} if pdf_pages is None else pdf_pages
        self._reserve: Reserve | None = None
        self._bounds = _RequestBounds()
        self._billed_usd = 0.0

    def reserve(self, request: dict[str, Any]) -> float | None:
        """Reserve the cost of a reply that is about to begin.

        A reply cannot always be stopped when it has cost a certain sum, because hidden thinking is counted only at
        the end. So `max_tokens` is lowered to what the remaining dollars can pay for.

        Args:
            request: The request that will be sent. Its `max_tokens` is lowered to the number that can be paid for.

        Returns:
            The US dollars that the reply may cost; `None` if there is no limit.

        Raises:
            ValueError: The reply may not begin. The error names the limit that was reached.
        """
        try:
            self._ledger.check_limits(self._caller)
        except Refused as refused:
            raise ValueError(refused.sentence) from refused
        chars = count_chars(request["messages"], request.get("system"))
        if chars > self._limits.prompt_characters:
            raise ValueError(
                f"The conversation has {chars:,} characters, and this server takes "
                f"{self._limits.prompt_characters:,}; begin another."
            )
        remaining_usd = self._ledger.remaining(self._caller)
        usd = 0.0 if remaining_usd is None else self._bound_max_tokens(request, remaining_usd)
        self._reserve = self._ledger.reserve(self._caller, usd)
        return None if remaining_usd is None else usd

    def reserve_more(self, request: dict[str, Any], spent_usd: float) -> float | None:
        """Reserve the cost of another request in a running reply, either with tool results or after a failure.

        There is one reserve for the whole reply, so what the earlier requests have cost is subtracted from it.
        Otherwise each request could cost as much as was reserved for the whole reply.

        Args:
            request: The request that will be sent. Its `max_tokens` is lowered to the number that can be paid for.
            spent_usd: US dollars that the reply has cost so far.

        Returns:
            The US dollars that the whole reply may cost; `None` if there is no limit.

        Raises:
            ValueError: Too little is left for the request.
        """
        remaining_usd = self._ledger.remaining(self._caller)
        if remaining_usd is None or self._reserve is None:
            return None
        available_usd = remaining_usd + self._ledger.reserved_today(self._reserve) - spent_usd
        usd = spent_usd + self._bound_max_tokens(request, available_usd)
        self._reserve = self._ledger.renew(self._reserve, usd)
        return usd

    def settle(self, conversation: Conversation) -> None:
        """Replace the reserve of the latest reply by the cost of that reply. Called when the reply has ended."""
        usd = (total(conversation.usage_meters) or 0.0) - self._billed_usd
        self._billed_usd += usd
        match conversation.status:
            case Status.STOPPED | Status.WAITING:
                # The reply was stopped before the API reported all of its usage. The status is WAITING if the next
                # reply was requested before the stopped one had closed its connection.
                usd = usd + self._hidden_thinking_usd(conversation) if usd else self._bounds.input_usd
            case Status.IDLE | Status.STREAMING | Status.DONE | Status.FAILED:
                pass
            case _:
                assert_never(conversation.status)
        if self._reserve is not None:
            self._ledger.settle(self._reserve, usd)
            self._reserve = None

    def _hidden_thinking_usd(self, conversation: Conversation) -> float:
        """Estimate the cost of thinking that the API had not counted when the reply was stopped.

        Without this estimate, a caller could have Claude think at no cost by stopping each reply before its end.
        """
        run = conversation.run
        usage = {} if run is None else run.meter.usage()
        if run is None or not usage or run.message.get("stop_reason") is not None:
            # The latest request has not begun or is complete, so no thinking is uncounted.
            return 0.0
        if not any(block.type in THINKING_TYPES for block in run.turn.blocks):
            return 0.0
        seconds = self._now() - self._bounds.sent_at
        written_tokens = min(self._bounds.max_tokens, int(seconds * THINKING_TOKENS_PER_SECOND))
        return max(0, written_tokens - int(usage["output_tokens"])) * self._bounds.usd_per_token

    def _bound_max_tokens(self, request: dict[str, Any], available_usd: float) -> float:
        """Lower a request's `max_tokens` to the number that can be paid for.

        Returns:
            The most US dollars that the request may cost.

        Raises:
            ValueError: The dollars do not even pay for one token of an answer.
        """
        price = price_of(str(request["model"]), prices)
        sent = [request["messages"], request.get("system"), request.get("tools")]
        input_tokens = estimate_tokens(sent, self._pdf_pages)
        usage: dict[str, Any] = {"cache_creation_input_tokens": input_tokens, "output_tokens": 0}
        if is_cached_for_an_hour([*sent, request.get("cache_control")]):
            # A caller may request the one-hour cache at any block. All input before that block then costs that
            # cache's price, so the estimate assumes this price for all of the input.
            usage["cache_creation"] = {"ephemeral_1h_input_tokens": input_tokens}
        input_usd = cost_of(usage, price) or 0.0
        usd_per_token = (cost_of({**usage, "output_tokens": 1_000}, price) or 0.0) / 1_000 - input_usd / 1_000
        max_tokens = request["max_tokens"]
        if usd_per_token:
            max_tokens = min(max_tokens, int((available_usd - input_usd) / usd_per_token))
        if max_tokens < 1:
            raise ValueError(
                f"The question would cost about ${input_usd:.4f} before the first word of an answer, and only "
                f"${max(0.0, available_usd):.4f} of your budget for a day is left; it begins anew at midnight UTC."
            )
        request["max_tokens"] = max_tokens
        self._bounds = _RequestBounds(input_usd, usd_per_token, max_tokens, self._now())
        return float(self._bounds.usd)
