"""What a reply may cost, from one of its requests to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..claude.usage import UsageMeter, estimate

AuthorizeMore = Callable[[dict[str, Any], float], float | None]


class Budget:
    """The US dollars of one reply.

    Args:
        budget: What is left of its conversation's; `None` for any.
        permitted: What it was permitted as it began; `None` for any.
        permit_more: Asked before each further request, with what is about to be sent, which it may bound, and what
            the reply has cost; gives what it may cost from there on, or raises `ValueError`: nothing is left.
    """

    def __init__(
        self,
        budget: float | None = None,
        permitted: float | None = None,
        permit_more: AuthorizeMore | None = None,
    ) -> None:
        self._budget = budget
        self._permitted = permitted
        self._permit_more = permit_more
        self._begun = False

    def is_spent(self, bill: UsageMeter) -> bool:
        """By its estimate the reply has cost all of it."""
        cost = estimate(bill) or 0.0
        return any(most is not None and cost >= most for most in (self._budget, self._permitted))

    def of(self, request: Mapping[str, Any], bill: UsageMeter) -> Mapping[str, Any] | None:
        """What of a request may be sent; `None` where nothing may be spent any more."""
        if self._begun and self._permit_more is not None:
            request = bounded = dict(request)
            try:
                self._permitted = self._permit_more(bounded, estimate(bill) or 0.0)
            except ValueError:
                return None
        self._begun = True
        return None if self.is_spent(bill) else request
