"""Token usage of a reply, request by request: the API's counts, and estimates for tokens not yet counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .prices import Price, cost_of, price_of, prices, sum_known

CHARS_PER_TOKEN = 4
"""Characters of English text in one token, according to the Claude docs. Models since 4.7 make some 30 % more
tokens of the same text, and only a summary of the thinking is received. So a reply that broke off has cost
somewhat more than the estimate."""


class UsageMeter:
    """Token counts of one run of a reply, which may take several requests.

    The counts of the requests are kept apart, because the cost of each request may depend on the length of its
    prompt.

    Args:
        model: The name of the model in the requests.
    """

    def __init__(self, model: str = "") -> None:
        self.model = model
        self._ended: list[Mapping[str, Any]] = []
        self._counts: dict[str, Any] = {}
        self._uncounted_chars = 0

    def record(self, usage: Mapping[str, Any]) -> None:
        """Record the API's counts at the beginning or the end of a message; `None` changes no count."""
        self._counts |= {name: value for name, value in usage.items() if value is not None}
        if usage.get("output_tokens") is not None:
            self._uncounted_chars = 0

    def add_characters(self, count: int) -> None:
        """Add the number of characters that have arrived and that the API has not counted yet."""
        self._uncounted_chars += count

    def usage(self) -> dict[str, Any]:
        """Return the counts of the running request so far.

        Returns:
            The API's fields; `output_tokens` is the API's count or the estimate, whichever is larger. The dict is
            empty before the request has begun.
        """
        if not self._counts:
            return {}
        counted = self._counts.get("output_tokens") or 0
        return {**self._counts, "output_tokens": max(counted, self._uncounted_chars // CHARS_PER_TOKEN)}

    def next_request(self) -> None:
        """Store the counts of the running request, and begin to count the next request."""
        self._ended.append(self.usage())
        self._counts = {}
        self._uncounted_chars = 0

    def cost(self, prices: Mapping[str, Price]) -> float | None:
        """Estimate the cost of all requests in US dollars; return `None` if the model's price is unknown."""
        price = price_of(self.model, prices)
        return sum_known(cost_of(usage, price) for usage in [*self._ended, self.usage()])


def rate(meter: UsageMeter) -> float | None:
    """Return the price of a further thousand tokens of a reply in US dollars; `None` if it is unknown."""
    price = price_of(meter.model, prices)
    return None if price is None else price.output / 1_000


def estimate(meter: UsageMeter) -> float | None:
    """Estimate the cost of a reply so far, in US dollars; return `None` if the model's price is unknown."""
    return meter.cost(prices)


def total(meters: Iterable[UsageMeter]) -> float | None:
    """Estimate the cost of several replies, also running ones, in US dollars; `None` if a price is unknown."""
    return sum_known(meter.cost(prices) for meter in meters)
