"""Limits on the cost of one reply, checked before each of its requests and while its text comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from ..claude.usage import UsageMeter, budgeted_total


class NotAuthorizedError(Exception):
    """A request of a reply may not be sent. The text is a sentence for the user."""


class BudgetSpentError(NotAuthorizedError):
    """The request may not be sent, because too little money is left for it."""


class ReplyBill(Protocol):
    """Bill of one reply, kept by the payer's account. Each reply has a bill of its own."""

    async def authorize(self, request: dict[str, Any], meter: UsageMeter, /) -> float | None:
        """Authorize the next request of the reply.

        Args:
            request: The arguments of `messages.create`. The bill may lower `max_tokens`, and `max_uses` of tools.
            meter: The usage of the reply so far.

        Returns:
            The US dollars that the reply may cost in all; `None` for no limit.

        Raises:
            NotAuthorizedError: The request may not be sent.
        """

    async def authorize_retry(self, meter: UsageMeter, /) -> None:
        """Authorize another attempt of the running request, whose connection was lost.

        Raises:
            NotAuthorizedError: The request may not be sent again.
        """

    def settle(self, meter: UsageMeter, /) -> None:
        """Count the cost of the reply, which has ended. Only the first call has an effect."""


class Budget:
    """The US dollars that one reply may cost.

    Args:
        budget: The US dollars that are left of the conversation's budget; `None` for no limit.
        bill: Authorizes each request; `None` if they need no authorization.
    """

    def __init__(self, budget: float | None = None, bill: ReplyBill | None = None) -> None:
        self._budget = budget
        self._bill = bill
        self._authorized: float | None = None
        self._has_begun = False

    def is_spent(self, meter: UsageMeter) -> bool:
        """Whether the reply's estimated cost has reached a limit."""
        # This method is called at every event. Without a limit it saves the estimate, which takes 3 microseconds.
        if self._budget is None and self._authorized is None:
            return False
        limits = [limit for limit in (self._budget, self._authorized) if limit is not None]
        return budgeted_total([meter]) >= min(limits)

    async def bound(self, request: Mapping[str, Any], meter: UsageMeter) -> Mapping[str, Any] | None:
        """Return the request, perhaps with a lower `max_tokens`; `None` if a reply that has begun must end.

        Raises:
            NotAuthorizedError: The reply may not begin, or the payer's account cannot be reached.
        """
        if self._bill is not None:
            request = bounded = dict(request)
            try:
                self._authorized = await self._bill.authorize(bounded, meter)
            except BudgetSpentError:
                if not self._has_begun:
                    raise
                return None
        self._has_begun = True
        return None if self.is_spent(meter) else request

    def before_retry(self, meter: UsageMeter) -> Callable[[], Awaitable[None]] | None:
        """Return the function that authorizes another attempt of a request; `None` if no attempt needs it.

        The function raises `NotAuthorizedError` if the request may not be sent again.
        """
        return None if self._bill is None else partial(self._bill.authorize_retry, meter)
