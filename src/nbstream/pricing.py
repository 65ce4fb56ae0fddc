"""The prices by which a chat estimates what it costs: the list, and what a reader adds to it.

The file is not called `prices`: a module of that name would take the place of `nbstream.prices`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping

from .core.bill import Bill
from .core.prices import LIST, Price, all_of, price_of


class Prices(MutableMapping[str, Price]):
    """Models and their prices. `nbstream.prices["my-model"] = nbstream.Price(3, 15)` adds or changes one."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)

    def __getitem__(self, model: str) -> Price:
        return self._prices[model]

    def __setitem__(self, model: str, price: Price) -> None:
        if not isinstance(model, str) or not isinstance(price, Price):
            raise TypeError(
                f"nbstream.prices[{model!r}] = {price!r}: give a model's name and its price, "
                'as in nbstream.prices["my-model"] = nbstream.Price(input=3, output=15).'
            )
        self._prices[model] = price

    def __delitem__(self, model: str) -> None:
        del self._prices[model]

    def __iter__(self) -> Iterator[str]:
        # A chat may look a price up on its own thread while a reader adds one.
        return iter(list(self._prices))

    def __len__(self) -> int:
        return len(self._prices)

    def __repr__(self) -> str:
        return f"nbstream.prices, US dollars for a million tokens: {self._prices!r}"


prices = Prices(LIST)


def rate(bill: Bill) -> float | None:
    """What each further thousand tokens of a reply costs, in US dollars; `None` if that is not known."""
    price = price_of(bill.model, prices)
    return None if price is None else price.output / 1_000


def estimate(bill: Bill) -> float | None:
    """What a reply has cost by now, in US dollars; `None` if its model's price is not known."""
    return bill.cost(prices)


def total(bills: Iterable[Bill]) -> float | None:
    """What replies have cost, those that are running too, in US dollars; `None` if a price is not known."""
    return all_of(bill.cost(prices) for bill in bills)
