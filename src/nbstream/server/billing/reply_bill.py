"""Bill of one reply: reserved request by request, and settled once, by the usage of this reply alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...claude.usage import RequestUsage, UsageMeter
from ...content.message import PdfPages
from .ledger import Ledger
from .request_bounds import RequestBounds, bound_request


class ReplyBill:
    """The US dollars of one reply. It counts as running from its beginning until it is settled.

    Args:
        ledger: The ledger of this worker.
        caller: The caller who pays.
        bounds: The bounds of the first request; `None` if there is no limit of US dollars.
        now: A monotonic clock, in seconds.
        pdf_pages: The known numbers of pages of the conversation's PDFs, read at each request.
    """

    def __init__(
        self,
        ledger: Ledger,
        caller: str,
        bounds: RequestBounds | None,
        now: Callable[[], float],
        pdf_pages: PdfPages,
    ) -> None:
        self._ledger = ledger
        self._bounds = [] if bounds is None else [bounds]
        self._now = now
        self._pdf_pages = pdf_pages
        self._reserve = ledger.reserve(caller, 0.0 if bounds is None else bounds.usd)
        self._is_settled = False

    @property
    def limit_usd(self) -> float | None:
        """The US dollars that the reply may cost when it begins; `None` for no limit."""
        return self._reserve.usd if self._bounds else None

    def authorize_more(self, request: dict[str, Any], meter: UsageMeter) -> float | None:
        """Reserve the cost of another request of the reply, with results of its calls or after a fault.

        If each request were bounded like the first one, each could cost all that was reserved for the reply.

        Args:
            request: The request that will be sent. Its `max_tokens` is lowered to the number that can be paid for.
            meter: The usage of the reply so far.

        Returns:
            The US dollars that the whole reply may cost; `None` if there is no limit.

        Raises:
            ValueError: Too little is left for the request.
        """
        remaining_usd = self._ledger.remaining(self._reserve.caller)
        if remaining_usd is None:
            return None
        # The last usage of the meter is that of the request that is to be sent.
        spent_usd = self._spent_usd(meter.requests[:-1])
        available_usd = remaining_usd + self._ledger.reserved_today(self._reserve) - spent_usd
        bounds = bound_request(request, available_usd, self._pdf_pages, self._now())
        self._bounds.append(bounds)
        self._reserve = self._ledger.renew(self._reserve, spent_usd + bounds.usd)
        return self._reserve.usd

    def settle(self, meter: UsageMeter) -> None:
        """Replace the reserve by the cost of the reply, which has ended. Only the first call has an effect."""
        if not self._is_settled:
            self._is_settled = True
            self._ledger.settle(self._reserve, self._spent_usd(meter.requests))

    def _spent_usd(self, requests: Sequence[RequestUsage]) -> float:
        """Return the most US dollars that the requests of this reply have cost."""
        ends = [*(bounds.sent_at for bounds in self._bounds[1:]), self._now()]
        # The lists may differ in length. If the last request was not sent, for example because too little money
        # was left, it has no bounds, and its usage is empty. Without a limit, no request has bounds, and none is
        # counted.
        return sum(
            bounds.settled_usd(usage, ended_at)
            for bounds, usage, ended_at in zip(self._bounds, requests, ends, strict=False)
        )
