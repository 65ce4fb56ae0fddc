"""Usage of a reply, request by request: counted by the API, and estimated for tokens that it has not counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .prices import Price, cost_of, price_of, prices, sum_known

CHARS_PER_TOKEN = 4
"""Characters of English text in a token, as the Claude docs have it. Models since 4.7 make some 30 % more tokens
of a text, and only a summary of the thinking is seen, so a reply that broke off has cost rather more than the
estimate."""


class UsageMeter:
    """The requests of one run of a reply.

    They are kept apart, because the cost of each may depend on the length of its own prompt.

    Args:
        model: The name that the requests are sent with.
    """

    def __init__(self, model: str = "") -> None:
        self.model = model
        self._ended: list[Mapping[str, Any]] = []
        self._counts: dict[str, Any] = {}
        self._uncounted_chars = 0

    def record(self, usage: Mapping[str, Any]) -> None:
        """Record the API's counts at the beginning or the end of a message. Fields without a value keep theirs."""
        self._counts |= {name: value for name, value in usage.items() if value is not None}
        if usage.get("output_tokens") is not None:
            self._uncounted_chars = 0

    def add_characters(self, count: int) -> None:
        """Add characters that came and that the API has not counted yet."""
        self._uncounted_chars += count

    def usage(self) -> dict[str, Any]:
        """Return the running request's counts by now.

        Returns:
            The API's fields, with `output_tokens` never below the API's count; empty before the request began.
        """
        if not self._counts:
            return {}
        counted = self._counts.get("output_tokens") or 0
        return {**self._counts, "output_tokens": max(counted, self._uncounted_chars // CHARS_PER_TOKEN)}

    def next_request(self) -> None:
        """Keep the counts of the running request, and begin with those of another one."""
        self._ended.append(self.usage())
        self._counts = {}
        self._uncounted_chars = 0

    def cost(self, prices: Mapping[str, Price]) -> float | None:
        """Estimate the US dollars of all requests; return `None` for a model without a known price."""
        price = price_of(self.model, prices)
        return sum_known(cost_of(usage, price) for usage in [*self._ended, self.usage()])


def rate(meter: UsageMeter) -> float | None:
    """Return the US dollars for each further thousand tokens of a reply; `None` if the price is not known."""
    price = price_of(meter.model, prices)
    return None if price is None else price.output / 1_000


def estimate(meter: UsageMeter) -> float | None:
    """Estimate the US dollars that a reply has cost by now; return `None` if its model's price is not known."""
    return meter.cost(prices)


def total(meters: Iterable[UsageMeter]) -> float | None:
    """Estimate the US dollars of several replies, the running ones too; return `None` if a price is not known."""
    return sum_known(meter.cost(prices) for meter in meters)
