"""What a reply uses, request by request: as the API counts it, and estimated where it did not get to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .prices import Price, all_of, cost_of, price_of, prices

CHARACTERS_A_TOKEN = 4
"""Of English text, as the Claude docs have it. Models since 4.7 make some 30 % more tokens of it, and of thinking
only a summary is seen, so what a reply that broke off has cost is rather more than this says."""


class UsageMeter:
    """The requests of one run of a reply.

    They are kept apart, because what one costs may depend on how long its own prompt was.

    Args:
        model: The name that the requests are sent with.
    """

    def __init__(self, model: str = "") -> None:
        self.model = model
        self._ended: list[Mapping[str, Any]] = []
        self._counts: dict[str, Any] = {}
        self._characters = 0

    def count(self, usage: Mapping[str, Any]) -> None:
        """The API has counted, at the beginning or the end of a message; what it leaves open stays as it was."""
        self._counts |= {name: value for name, value in usage.items() if value is not None}
        if usage.get("output_tokens") is not None:
            self._characters = 0

    def add(self, characters: int) -> None:
        """So much has come that the API has not counted yet."""
        self._characters += characters

    def usage(self) -> dict[str, Any]:
        """The running request's counts by now: nothing before it began, and never less than the API has said."""
        if not self._counts:
            return {}
        said = self._counts.get("output_tokens") or 0
        return {**self._counts, "output_tokens": max(said, self._characters // CHARACTERS_A_TOKEN)}

    def next(self) -> None:
        """Another request follows."""
        self._ended.append(self.usage())
        self._counts = {}
        self._characters = 0

    def cost(self, prices: Mapping[str, Price]) -> float | None:
        """Estimated US dollars of all the requests, `None` for a model without a known price."""
        price = price_of(self.model, prices)
        return all_of(cost_of(usage, price) for usage in [*self._ended, self.usage()])


def rate(bill: UsageMeter) -> float | None:
    """What each further thousand tokens of a reply costs, in US dollars; `None` if that is not known."""
    price = price_of(bill.model, prices)
    return None if price is None else price.output / 1_000


def estimate(bill: UsageMeter) -> float | None:
    """What a reply has cost by now, in US dollars; `None` if its model's price is not known."""
    return bill.cost(prices)


def total(bills: Iterable[UsageMeter]) -> float | None:
    """What replies have cost, those that are running too, in US dollars; `None` if a price is not known."""
    return all_of(bill.cost(prices) for bill in bills)
