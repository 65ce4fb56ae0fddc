"""What Claude costs: list prices of models, and the estimate that follows from the API's counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, fields
from typing import Any

MILLION = 1_000_000

CACHE_READ, CACHE_WRITE, CACHE_WRITE_1H = 0.1, 1.25, 2.0
"""Times the price of input, where a model's row says nothing else (Claude docs, "Pricing", prompt caching)."""

BATCH = 0.5
"""Times the price, for what the Batch API answers (Claude docs, the models' overviews: 50 % off)."""

IN_THE_US = 1.1
"""Times the price, where inference was kept in the US (Claude docs, "Data residency")."""

WEB_SEARCH = 10 / 1_000
"""Dollars for a search (Claude docs, "Web search tool"). A fetched page costs its tokens only; the hours of code
execution are billed for the whole organisation and stand in no reply's usage, so they are in no estimate."""


@dataclass(frozen=True)
class Price:
    """What a model costs, in US dollars for a million tokens.

    Attributes:
        input: Tokens of the prompt.
        output: Tokens of the reply, thinking included.
        cache_read: Tokens read from the cache; by default a tenth of `input`.
        cache_write: Tokens written to the cache for five minutes; by default 1.25 times `input`.
        cache_write_1h: The same for an hour; by default twice `input`.
        long: `(tokens, price)`: a request with a longer prompt costs that price, all of it.
    """

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
    long: tuple[int, Price] | None = None

    def __post_init__(self) -> None:
        for field in fields(self)[:-1]:
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 <= value < float("inf"):
                kind = TypeError if not number else ValueError
                raise kind(
                    f"Price({field.name}={value!r}): give US dollars for a million tokens, a number not below 0, "
                    "as in Price(input=3, output=15)."
                )
        match self.long:
            case None | (int(), Price()):
                pass
            case _:
                raise TypeError(f"Price(long={self.long!r}): give (tokens, Price(…)), the price past that prompt.")


_OPUS_5 = Price(5, 25)
_FABLE_5 = Price(10, 50)
_FABLE_5_1 = Price(10, 50, cache_read=0.25)

LIST: Mapping[str, Price] = {
    "claude-fable-5-2": Price(8, 40, cache_read=0.2),
    "claude-fable-5-1": _FABLE_5_1,
    "claude-mythos-5-1": _FABLE_5_1,
    "claude-fable-5": _FABLE_5,
    "claude-mythos-5": _FABLE_5,
    "claude-opus-5-5": Price(4, 20, cache_read=0.2),
    "claude-opus-5": _OPUS_5,
    "claude-opus-4-8": _OPUS_5,
    "claude-opus-4-7": _OPUS_5,
    "claude-opus-4-6": _OPUS_5,
    "claude-opus-4-5": _OPUS_5,
    "claude-sonnet-5-5": Price(2, 10, cache_read=0.1),
    "claude-sonnet-5": Price(2, 10),
    "claude-sonnet-4-6": Price(3, 15),
    "claude-sonnet-4-5": Price(3, 15),
    "claude-haiku-5-5": Price(0.1, 0.5, long=(100_000, Price(0.5, 2.5))),
    "claude-haiku-4-5": Price(1, 5),
}
"""List prices of the Claude API as they stood in November 2026.

Source: "Pricing" and the models' overviews in the Claude docs (platform.claude.com), in copies read on 2026-11-25.
The copy of "Pricing" was older than four rows: Haiku 5.5 is from its own overview; of Opus 5.5, Sonnet 5.5 and
Fable 5.2 the overviews had input and output, and the cache is from notes of others who read "Pricing" since (that
of Sonnet was cut on 2026-10-07). Not in it, because no price was found: Mythos 5.2, Mythos preview, fast mode.
"""


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


_VARIANT = re.compile(r"(.+)-(?:\d{8}|latest)")


def price_of(model: str, table: Mapping[str, Price]) -> Price | None:
    """A model's price: by its exact name, or by the known name that a date or `-latest` was added to.

    Names of other platforms have none: the same model may cost something else there.
    """
    variant = _VARIANT.fullmatch(model)
    return table.get(model) or (table.get(variant[1]) if variant else None)


def cost_of(usage: Mapping[str, Any], price: Price | None) -> float | None:
    """Estimated US dollars for one request.

    One request, because a price may depend on how long its prompt was.

    Args:
        usage: The API's counts.
        price: The model's.

    Returns:
        Dollars, or `None` where the price is not known; fast mode has another, which is not in the list.
    """
    if price is None or usage.get("speed") == "fast":
        return None
    creation = usage.get("cache_creation") or {}
    hour = _count(creation, "ephemeral_1h_input_tokens")
    written = max(
        _count(usage, "cache_creation_input_tokens"), hour + _count(creation, "ephemeral_5m_input_tokens")
    )
    fresh, read = _count(usage, "input_tokens"), _count(usage, "cache_read_input_tokens")
    if price.long is not None and fresh + read + written > price.long[0]:
        price = price.long[1]
    tokens = (
        fresh * price.input
        + read * _or(price.cache_read, CACHE_READ * price.input)
        + (written - hour) * _or(price.cache_write, CACHE_WRITE * price.input)
        + hour * _or(price.cache_write_1h, CACHE_WRITE_1H * price.input)
        + _count(usage, "output_tokens") * price.output
    ) / MILLION
    if usage.get("service_tier") == "batch":
        tokens *= BATCH
    if usage.get("inference_geo") == "us":
        tokens *= IN_THE_US
    return tokens + _count(usage.get("server_tool_use") or {}, "web_search_requests") * WEB_SEARCH


def all_of(costs: Iterable[float | None]) -> float | None:
    """The sum, or `None` if one of them is not known: a part of a bill is a wrong bill."""
    known = list(costs)
    return None if None in known else sum(filter(None, known))


def _count(usage: Mapping[str, Any], name: str) -> int:
    return usage.get(name) or 0


def _or(price: float | None, otherwise: float) -> float:
    return otherwise if price is None else price
