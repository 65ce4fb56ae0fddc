"""Limits on the cost of one reply, checked before each of its requests and while its text comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..claude.usage import UsageMeter, estimate

AuthorizeMore = Callable[[dict[str, Any], float], float | None]
"""Function that authorizes another request of a running reply.

It gets the request, whose `max_tokens` it may lower, and the US dollars that the reply has cost so far. It returns
the US dollars that the whole reply may cost, or `None` for no limit. It raises `ValueError` if nothing is left.
"""


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
                self._authorized = self._authorize_more(bounded, estimate(meter) or 0.0)
            except ValueError:
                return None
        self._has_begun = True
        return None if self.is_spent(meter) else request
