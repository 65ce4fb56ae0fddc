"""Limits on the cost of one reply, checked before each of its requests and while its text comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..claude.usage import UsageMeter, estimate

AuthorizeMore = Callable[[dict[str, Any], UsageMeter], float | None]
"""Called before each further request of a reply, with the request, which it may bound, and the usage of the reply
so far. Returns the US dollars that the reply may cost in all, `None` for no limit, or raises `ValueError` if
nothing is left."""


class ReplyBill(Protocol):
    """Bill of one reply, kept by whoever pays for it. Each reply has a bill of its own."""

    @property
    def limit_usd(self) -> float | None:
        """The US dollars that the reply may cost when it begins; `None` for no limit."""

    def authorize_more(self, request: dict[str, Any], meter: UsageMeter) -> float | None:
        """Authorize a further request of the reply; see `AuthorizeMore`."""

    def settle(self, meter: UsageMeter) -> None:
        """Count the cost of the reply, which has ended. Only the first call has an effect."""


class Budget:
    """The US dollars that one reply may cost.

    Args:
        budget: The US dollars that are left of the conversation's budget; `None` for no limit.
        authorized: The limit that was authorized when the reply began; `None` for no limit.
        authorize_more: Authorizes each request after the first; `None` if these need no authorization.
    """

    def __init__(
        self,
        budget: float | None = None,
        authorized: float | None = None,
        authorize_more: AuthorizeMore | None = None,
    ) -> None:
        self._budget = budget
        self._authorized = authorized
        self._authorize_more = authorize_more
        self._has_begun = False

    def is_spent(self, meter: UsageMeter) -> bool:
        """Whether the reply's estimated cost has reached a limit."""
        limits = [limit for limit in (self._budget, self._authorized) if limit is not None]
        # An estimate takes 3 microseconds. This method is called at every event, so the cost is only estimated
        # if there is a limit.
        return bool(limits) and (estimate(meter) or 0.0) >= min(limits)

    def bound(self, request: Mapping[str, Any], meter: UsageMeter) -> Mapping[str, Any] | None:
        """Return the request, perhaps with a lower `max_tokens`; `None` if nothing more may be spent."""
        if self._has_begun and self._authorize_more is not None:
            request = bounded = dict(request)
            try:
                self._authorized = self._authorize_more(bounded, meter)
            except ValueError:
                return None
        self._has_begun = True
        return None if self.is_spent(meter) else request
