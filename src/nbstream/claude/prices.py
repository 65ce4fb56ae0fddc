"""Prices of models, and the cost of a request, estimated from the API's token counts.

`models.py` has the list prices of the known models; users may change them and add others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from .models import DEMO_MODEL, MODELS
from .price import CACHE_READ_RATIO, CACHE_WRITE_1H_RATIO, CACHE_WRITE_RATIO, Price

__all__ = ["LIST_PRICES", "Price", "Prices", "cost_of", "price_of", "price_of_answer", "prices", "sum_known"]

MILLION = 1_000_000

BATCH_RATIO = 0.5
"""Factor on the price of replies of the Batch API (Claude docs, the models' overviews: 50 % off)."""

US_INFERENCE_RATIO = 1.1
"""Factor on the price of replies whose inference was kept in the US (Claude docs, "Data residency")."""

WEB_SEARCH_USD = 10 / 1_000
"""US dollars for one web search (Claude docs, "Web search tool"). A fetched web page costs only its tokens. Code
execution is billed by the hour for the whole organisation, and the usage of a reply does not contain these hours.
So the estimates leave them out."""

LIST_PRICES: Mapping[str, Price] = {name: model.price for name, model in MODELS.items() if model.price is not None}
"""List prices of the Claude API; `models.MODELS` names their sources."""


class Prices(MutableMapping[str, Price]):
    """Prices by the names of models. `nbstream.prices["my-model"] = nbstream.Price(3, 15)` adds or changes one."""

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
        # The iterator uses a copy, because the user may add a price while a chat reads the prices on another
        # thread.
        return iter(list(self._prices))

    def __len__(self) -> int:
        return len(self._prices)

    def __repr__(self) -> str:
        return f"nbstream.prices, US dollars for a million tokens: {self._prices!r}"


prices = Prices({**LIST_PRICES, DEMO_MODEL: Price(0, 0)})


_DATED = re.compile(r"(.+)-(?:\d{8}|latest)")


def price_of(model: str, table: Mapping[str, Price]) -> Price | None:
    """Look up a model's price by its exact name, or by a known name to which a date or `-latest` was added.

    A model's name on another platform has no price here, because the same model may cost something else there.
    """
    dated = _DATED.fullmatch(model)
    return table.get(model) or (table.get(dated[1]) if dated else None)


def price_of_answer(asked: str, answered: str, table: Mapping[str, Price]) -> Price | None:
    """Look up the price of an answer, which may come from another model than the one that was asked.

    A compatible server answers with a model of its own, and a gateway may choose another one.

    Args:
        asked: The model's name in the request. A price that the user has set for it holds for every answer.
        answered: The model's name in the answer; empty before the answer began.
        table: The prices.
    """
    price = price_of(asked, table)
    is_set_by_user = price is not None and price is not price_of(asked, LIST_PRICES)
    if not answered or (is_set_by_user and answered != DEMO_MODEL):
        return price
    if price is None and any(model in asked for model in LIST_PRICES):
        # A known model under its name on another platform, which has prices of its own.
        return None
    return price_of(answered, table)


def cost_of(usage: Mapping[str, Any], price: Price | None) -> float | None:
    """Estimate the cost of one request. Its price may depend on the length of its own prompt.

    Args:
        usage: The API's token counts for the request.
        price: The model's price.

    Returns:
        US dollars; `None` if there is no price, or in fast mode, whose price is not in the list.
    """
    if price is None or usage.get("speed") == "fast":
        return None
    usd = _tokens_cost(usage, price)
    if usage.get("service_tier") == "batch":
        usd *= BATCH_RATIO
    if usage.get("inference_geo") == "us":
        usd *= US_INFERENCE_RATIO
    return usd + _count(usage.get("server_tool_use") or {}, "web_search_requests") * WEB_SEARCH_USD


def sum_known(costs: Iterable[float | None]) -> float | None:
    """Add up costs. Return `None` if one of them is unknown, because the sum of the others would be too low."""
    known = list(costs)
    return None if None in known else sum(filter(None, known))


def _tokens_cost(usage: Mapping[str, Any], price: Price) -> float:
    creation = usage.get("cache_creation") or {}
    written_1h = _count(creation, "ephemeral_1h_input_tokens")
    written_5m = _count(creation, "ephemeral_5m_input_tokens")
    written = max(_count(usage, "cache_creation_input_tokens"), written_1h + written_5m)
    uncached, read = _count(usage, "input_tokens"), _count(usage, "cache_read_input_tokens")
    if price.long is not None and uncached + read + written > price.long[0]:
        price = price.long[1]
    return (
        uncached * price.input
        + read * _or_default(price.cache_read, CACHE_READ_RATIO * price.input)
        + (written - written_1h) * _or_default(price.cache_write, CACHE_WRITE_RATIO * price.input)
        + written_1h * _or_default(price.cache_write_1h, CACHE_WRITE_1H_RATIO * price.input)
        + _count(usage, "output_tokens") * price.output
    ) / MILLION


def _count(usage: Mapping[str, Any], name: str) -> int:
    return usage.get(name) or 0


def _or_default(price: float | None, default: float) -> float:
    return default if price is None else price
