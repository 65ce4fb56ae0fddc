"""Bill of one reply: reserved request by request, and settled once, by the usage of this reply alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...claude.usage import RequestUsage, UsageMeter
from ...conversation.budget import BudgetSpentError, NotAuthorizedError
from ..errors import Refused
from .document_tokens import DocumentTokens
from .ledger import Ledger, Reserve
from .request_bounds import RequestBounds, bound_request


@dataclass
class _Item:
    """One request of a reply.

    Attributes:
        bounds: The bounds of its cost.
        reserves: What is reserved for it: once when it is sent, and again for each attempt that may be billed too.
        settled_usd: What it has cost; `None` until it has ended.
    """

    bounds: RequestBounds
    reserves: list[Reserve]
    settled_usd: float | None = None

    @property
    def usd(self) -> float:
        """The US dollars that count for the request."""
        if self.settled_usd is not None:
            return self.settled_usd
        return sum(reserve.usd for reserve in self.reserves)


class ReplyBill:
    """The US dollars of one reply. It counts as running from its beginning until it is settled.

    Args:
        ledger: The ledger of this worker.
        caller: The caller who pays.
        now: A monotonic clock, in seconds.
        documents: Counts the tokens of the conversation's documents.
    """

    def __init__(self, ledger: Ledger, caller: str, now: Callable[[], float], documents: DocumentTokens) -> None:
        self._ledger = ledger
        self._caller = caller
        self._now = now
        self._documents = documents
        # The requests that were authorized. The usage of each has the same index in the meter.
        self._items: list[_Item] = []
        self._is_settled = False
        ledger.begin_reply(caller)

    async def authorize(self, request: dict[str, Any], meter: UsageMeter) -> float | None:
        """Reserve the most that the reply's next request may cost.

        A reply cannot always be stopped when it has cost a certain sum, because hidden thinking is counted only at
        the end. So `max_tokens` is lowered to what the remaining dollars can pay for. If each request were bounded
        like the first one, each could cost all that was reserved for the reply.

        Args:
            request: The request that will be sent. Its `max_tokens` is lowered to the number that can be paid for.
            meter: The usage of the reply so far. The last usage is that of the request that is to be sent.

        Returns:
            The US dollars that the whole reply may cost; `None` if there is no limit.

        Raises:
            BudgetSpentError: Too little is left for the request.
            NotAuthorizedError: The store that the workers share does not answer.
        """
        if not self._ledger.has_dollar_limit:
            return None
        self._settle_items(meter.requests[:-1])
        try:
            await self._ledger.check_dollars(self._caller)
            bounds, reserve = await self._reserve(request)
        except (Refused, ValueError) as error:
            raise _as_not_authorized(error) from error
        self._items.append(_Item(bounds, [reserve]))
        return sum(item.usd for item in self._items)

    async def authorize_retry(self, meter: UsageMeter) -> None:
        """Reserve the cost of another attempt of the running request, because the API may bill each attempt.

        Args:
            meter: The usage of the reply so far.

        Raises:
            NotAuthorizedError: Too little is left, or the store that the workers share does not answer.
        """
        if not self._items:
            return
        item = self._items[-1]
        more_usd = item.bounds.usd + item.bounds.unanswered_usd(meter.requests[-1]) - item.usd
        if more_usd <= 0:
            return
        try:
            reserve = await self._obtain(more_usd)
        except Refused as error:
            raise _as_not_authorized(error) from error
        if reserve is None:
            raise BudgetSpentError(
                "The connection to Claude was lost, and too little of your budget for a day is left to ask again; "
                "it begins anew at midnight UTC."
            )
        item.reserves.append(reserve)

    def settle(self, meter: UsageMeter) -> None:
        """Replace the reserves by the cost of the reply, which has ended. Only the first call has an effect."""
        if not self._is_settled:
            self._is_settled = True
            self._settle_items(meter.requests)
            self._ledger.end_reply(self._caller)

    async def _reserve(self, request: dict[str, Any]) -> tuple[RequestBounds, Reserve]:
        """Bound the request by the US dollars that are left, and reserve those that it may cost.

        Another worker may reserve some of the money first. This worker then knows the new sum, and bounds the
        request again.
        """
        document_tokens = await self._documents.of(request)
        while True:
            bounded = dict(request)
            bounds = bound_request(bounded, self._ledger.remaining(self._caller), document_tokens, self._now())
            reserve = await self._obtain(bounds.usd)
            if reserve is not None:
                request.update(bounded)
                return bounds, reserve

    async def _obtain(self, usd: float) -> Reserve | None:
        reserve = await self._ledger.reserve(self._caller, usd)
        if reserve is not None and self._is_settled:
            # The reply has ended meanwhile, and its cancellation was swallowed on its way here.
            self._ledger.settle(reserve, 0.0)
            raise NotAuthorizedError("The reply has ended.")
        return reserve

    def _settle_items(self, usages: Sequence[RequestUsage]) -> None:
        # The lists may differ in length. If the last request was not sent, for example because too little money
        # was left, it is not among the items, and its usage is empty.
        for item, usage in zip(self._items, usages, strict=False):
            if item.settled_usd is None:
                item.settled_usd = item.bounds.settled_usd(usage, self._now())
                self._replace(item.reserves, item.settled_usd)

    def _replace(self, reserves: list[Reserve], usd: float) -> None:
        """Spread what a request has cost over its reserves; the last one takes what is more than them."""
        for reserve in reserves[:-1]:
            spent_usd = min(usd, reserve.usd)
            self._ledger.settle(reserve, spent_usd)
            usd -= spent_usd
        self._ledger.settle(reserves[-1], usd)


def _as_not_authorized(error: Refused | ValueError) -> NotAuthorizedError:
    if isinstance(error, Refused) and error.status != 429:
        return NotAuthorizedError(error.sentence)
    return BudgetSpentError(error.sentence if isinstance(error, Refused) else str(error))
