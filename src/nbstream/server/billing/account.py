"""Account of one caller for one conversation: checks the limits, and opens a bill for each reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...kernel.event_loop import clock
from ..errors import Refused
from ..http.request_body import count_chars
from ..limits import Limits
from .document_tokens import CountTokens, DocumentTokens, count_nothing
from .ledger import Ledger
from .reply_bill import ReplyBill


class Account:
    """One caller's account for one conversation.

    Args:
        ledger: The ledger of this worker.
        limits: The server's limits.
        caller: The caller who pays.
        now: A monotonic clock, in seconds.
        count_tokens: Asks the API for the tokens of documents; without it, they are unknown.
    """

    def __init__(
        self,
        ledger: Ledger,
        limits: Limits,
        caller: str,
        now: Callable[[], float] = clock,
        count_tokens: CountTokens = count_nothing,
    ) -> None:
        self._ledger = ledger
        self._limits = limits
        self._caller = caller
        self._now = now
        self._documents = DocumentTokens(count_tokens)

    def open_bill(self, request: dict[str, Any]) -> ReplyBill:
        """Open the bill of a reply that is about to begin. US dollars are reserved before each of its requests.

        Args:
            request: The reply's first request.

        Raises:
            ValueError: The reply may not begin. The error names the limit that was reached.
        """
        try:
            self._ledger.check_running(self._caller)
        except Refused as refused:
            raise ValueError(refused.sentence) from refused
        chars = count_chars(request["messages"], request.get("system"))
        if chars > self._limits.prompt_characters:
            raise ValueError(
                f"The conversation has {chars:,} characters, and this server takes "
                f"{self._limits.prompt_characters:,}; begin another."
            )
        return ReplyBill(self._ledger, self._caller, self._now, self._documents)
