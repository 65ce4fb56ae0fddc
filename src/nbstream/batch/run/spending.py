"""Spending of a run: tokens and dollars of all its requests, and what another row may still cost."""

from __future__ import annotations

from typing import Any

from ...claude.prices import sum_known
from ...claude.usage import UsageMeter, budgeted_total, total
from ...core.reply import sum_usage


class Spending:
    """The tokens and costs of one run. A running request counts by the part of its answer that has come.

    Args:
        budget: US dollars that the run may cost; `None` for no limit.
    """

    def __init__(self, budget: float | None = None) -> None:
        self._budget = budget
        self._running: dict[int, UsageMeter] = {}
        self._running_costs: dict[int, float] = {}
        self._running_usd = 0.0
        self._ended_usd = 0.0
        self._ended_cost: float | None = 0.0
        self._ended_usage: dict[str, Any] = {}
        self._answered_rows = 0

    @property
    def is_spent(self) -> bool:
        """Whether the cost has reached the budget."""
        return self._budget is not None and self._ended_usd + self._running_usd >= self._budget

    @property
    def cost(self) -> float | None:
        """US dollars so far; `None` if a model's price is not known."""
        return sum_known([self._ended_cost, total(list(self._running.values()))])

    @property
    def usage(self) -> dict[str, Any]:
        """The API's token counts so far, by the SDK's names."""
        usage = self._ended_usage
        for meter in list(self._running.values()):
            usage = sum_usage(usage, _counts_of(meter))
        return usage

    def expected_cost(self, rows_left: int) -> float | None:
        """Return the US dollars that the whole run will cost if the other rows cost as much as those so far.

        Args:
            rows_left: The number of rows without an answer that are still to be asked, running ones included.
        """
        if self._ended_cost is None or not self._answered_rows:
            return None
        return self._ended_cost + self._ended_cost / self._answered_rows * rows_left

    def begin(self, row: int, meter: UsageMeter) -> None:
        """Begin to count a row's request."""
        self._running[row] = meter
        self._running_costs[row] = 0.0

    def update(self, row: int) -> None:
        """Count a running row by the part of its answer that has come.

        An estimate takes 3 µs, so it is made only for a budget.
        """
        if self._budget is not None and row in self._running:
            cost = budgeted_total([self._running[row]])
            self._running_usd += cost - self._running_costs[row]
            self._running_costs[row] = cost

    def end(self, row: int, *, is_answer: bool) -> None:
        """Count a request of a row that has ended."""
        meter = self._running.pop(row)
        self._running_usd -= self._running_costs.pop(row)
        self._ended_usd += budgeted_total([meter])
        self._ended_cost = sum_known([self._ended_cost, total([meter])])
        self._ended_usage = sum_usage(self._ended_usage, _counts_of(meter))
        self._answered_rows += is_answer

    def affords_row(self) -> bool:
        """Return whether another row of average cost fits into the budget beside the running ones.

        A row that would be stopped in its middle costs money and has no answer.
        """
        if self._budget is None:
            return True
        mean = self._ended_usd / self._answered_rows if self._answered_rows else 0.0
        foreseen = max(self._running_usd, mean * len(self._running))
        # Rows without a measure count from the first dollar that is spent.
        return not self.is_spent and self._ended_usd + foreseen + mean <= self._budget


def _counts_of(meter: UsageMeter) -> dict[str, Any]:
    usage: dict[str, Any] = {}
    for request in meter.requests:
        usage = sum_usage(usage, request.estimated_counts())
    return usage
