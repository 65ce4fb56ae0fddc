"""Token usage of a reply, request by request: the API's counts, and estimates for tokens not yet counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from .prices import Price, cost_of, price_of, price_of_answer, prices, sum_known

CHARS_PER_TOKEN = 4
"""Characters of English text in one token, according to the Claude docs. Models since 4.7 make some 30 % more
tokens of the same text, and only a summary of the thinking is received. So a reply that broke off has cost
somewhat more than the estimate."""


@dataclass
class RequestUsage:
    """Usage of one request, as far as it is known.

    Attributes:
        counts: The API's counts; empty before the answer began.
        is_complete: The API has counted the whole answer.
        uncounted_chars: Characters that came and that the API has not counted yet.
        uncounted_bytes: The same text in bytes of UTF-8. No text has more tokens than bytes.
        attempts: How often the request was sent without being refused; the SDK may send it again by itself.
        block_types: The types of the blocks that came.
        answered_by: The name of the model that answered; empty before the answer began.
        known_cost: The cost in US dollars, where it is known and the counts are not.
    """

    counts: dict[str, Any] = field(default_factory=dict)
    is_complete: bool = False
    uncounted_chars: int = 0
    uncounted_bytes: int = 0
    attempts: int = 0
    block_types: set[str] = field(default_factory=set)
    answered_by: str = ""
    known_cost: float | None = None

    @property
    def unanswered_attempts(self) -> int:
        """How often the request was sent without any count coming back. Claude may have read it nevertheless."""
        return max(0, self.attempts - bool(self.counts))

    def to_record(self) -> dict[str, Any]:
        """Return the usage as JSON-ready data; `from_record` reads it again."""
        return {**asdict(self), "block_types": sorted(self.block_types)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read a record of `to_record`. Fields that this version does not know are ignored."""
        known = {f.name: record[f.name] for f in fields(cls) if f.name in record}
        return cls(**{**known, "block_types": set(known.get("block_types", ()))})

    def estimated_counts(self) -> dict[str, Any]:
        """Return the API's fields, with `output_tokens` never below the API's count; empty before the answer."""
        if not self.counts:
            return {}
        counted = self.counts.get("output_tokens") or 0
        return {**self.counts, "output_tokens": max(counted, self.uncounted_chars // CHARS_PER_TOKEN)}

    def cost(self, price: Price | None) -> float | None:
        """Estimate the cost in US dollars; return `None` if it is not known, and neither is the price."""
        return cost_of(self.estimated_counts(), price) if self.known_cost is None else self.known_cost


class UsageMeter:
    """Token counts of one run of a reply, which may take several requests.

    The counts of the requests are kept apart, because the cost of each request may depend on the length of its
    prompt.

    Args:
        model: The name of the model in the requests.
    """

    def __init__(self, model: str = "") -> None:
        self.model = model
        self._requests = [RequestUsage()]

    def to_record(self) -> dict[str, Any]:
        """Return the counts as JSON-ready data; `from_record` reads it again."""
        return {"model": self.model, "requests": [request.to_record() for request in self._requests]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read a record of `to_record`."""
        meter = cls(record["model"])
        meter._requests = [RequestUsage.from_record(request) for request in record["requests"]]
        return meter

    @classmethod
    def of_cost(cls, cost: float | None) -> Self:
        """Make the meter of a reply of which no more than its cost in US dollars is known, or not even that."""
        meter = cls()
        meter._requests = [RequestUsage(known_cost=cost)]
        return meter

    @property
    def requests(self) -> Sequence[RequestUsage]:
        """The usage of each request; the running one is the last."""
        return self._requests

    def record(self, usage: Mapping[str, Any], *, is_complete: bool = False) -> None:
        """Record the API's counts at the beginning or the end of a message. Fields without a value keep theirs."""
        request = self._requests[-1]
        request.counts |= {name: value for name, value in usage.items() if value is not None}
        if usage.get("output_tokens") is not None:
            request.uncounted_chars = request.uncounted_bytes = 0
            request.is_complete = request.is_complete or is_complete

    def begin_answer(self, model: object) -> None:
        """Note which model answers the running request; some gateways do not name it."""
        self._requests[-1].answered_by = model if isinstance(model, str) else ""

    def add_text(self, text: str) -> None:
        """Add text that came and that the API has not counted yet; it may count more than once in an answer."""
        request = self._requests[-1]
        request.is_complete = request.is_complete and not text
        request.uncounted_chars += len(text)
        request.uncounted_bytes += len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))

    def add_block(self, type_: str) -> None:
        """Note the type of a block that came."""
        self._requests[-1].block_types.add(type_)

    def attempt_sent(self) -> None:
        """Count an attempt of the running request that is being sent."""
        self._requests[-1].attempts += 1

    def attempt_refused(self) -> None:
        """Take an attempt back: the API refused it, or it never reached the API. It costs nothing."""
        self._requests[-1].attempts -= 1

    def usage(self) -> dict[str, Any]:
        """Return the running request's counts by now; see `RequestUsage.estimated_counts`."""
        return self._requests[-1].estimated_counts()

    def next_request(self) -> None:
        """Keep the counts of the running request, and begin with those of another one."""
        self._requests.append(RequestUsage())

    def cost(self, prices: Mapping[str, Price]) -> float | None:
        """Estimate the cost of all requests in US dollars; return `None` if a model's price is unknown."""
        return sum_known(
            request.cost(price_of_answer(self.model, request.answered_by, prices)) for request in self._requests
        )

    def budgeted_cost(self, prices: Mapping[str, Price]) -> float:
        """Estimate the US dollars that count towards a budget.

        An answer of a model without a price counts as one of the model that was asked. Otherwise a server that
        answers with another model would make the budget meaningless.
        """
        asked = price_of(self.model, prices)
        return sum(
            request.cost(price_of_answer(self.model, request.answered_by, prices) or asked) or 0.0
            for request in self._requests
        )

    def rate(self, prices: Mapping[str, Price]) -> float | None:
        """Return the price of a further thousand tokens of the running reply; `None` if it is unknown."""
        price = price_of_answer(self.model, self._requests[-1].answered_by, prices)
        return None if price is None else price.output / 1_000


def rate(meter: UsageMeter) -> float | None:
    """Return the price of a further thousand tokens of a reply in US dollars; `None` if it is unknown."""
    return meter.rate(prices)


def estimate(meter: UsageMeter) -> float | None:
    """Estimate the cost of a reply so far, in US dollars; return `None` if the model's price is unknown."""
    return meter.cost(prices)


def total(meters: Iterable[UsageMeter]) -> float | None:
    """Estimate the cost of several replies, also running ones, in US dollars; `None` if a price is unknown."""
    return sum_known(meter.cost(prices) for meter in meters)


def budgeted_total(meters: Iterable[UsageMeter]) -> float:
    """Estimate the US dollars of several replies that count towards a budget; see `UsageMeter.budgeted_cost`."""
    return sum(meter.budgeted_cost(prices) for meter in meters)
