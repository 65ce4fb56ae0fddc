"""Price of a model, as a value. Cache prices that are not given follow from the price of input."""

from __future__ import annotations

from dataclasses import dataclass, fields

CACHE_READ_RATIO, CACHE_WRITE_RATIO, CACHE_WRITE_1H_RATIO = 0.1, 1.25, 2.0
"""Factors on the price of input, for models without cache prices of their own (Claude docs, "Pricing", prompt
caching)."""


@dataclass(frozen=True)
class Price:
    """The price of a model, in US dollars for a million tokens.

    Attributes:
        input: Price of the prompt's tokens.
        output: Price of the reply's tokens, thinking included.
        cache_read: Price of tokens that are read from the cache; by default a tenth of `input`.
        cache_write: Price of tokens that are written to the cache for five minutes; by default 1.25 times `input`.
        cache_write_1h: Price of tokens that are written to the cache for an hour; by default twice `input`.
        long: A pair `(tokens, price)`. If a prompt has more than `tokens` tokens, `price` applies to the whole
            request.
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
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not 0 <= value < float("inf"):
                error = ValueError if is_number else TypeError
                raise error(
                    f"Price({field.name}={value!r}): give US dollars for a million tokens, a number not below 0, "
                    "as in Price(input=3, output=15)."
                )
        match self.long:
            case None | (int(), Price()):
                pass
            case _:
                raise TypeError(
                    f"Price(long={self.long!r}): give a number of tokens and the price of longer prompts, as "
                    "in long=(200_000, Price(input=6, output=22.5))."
                )
