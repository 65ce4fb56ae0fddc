"""US dollars that callers have spent or that are kept back for them, by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

MAX_KEPT_DAYS = 2
"""Days whose figures are kept: a reply that was paid for before midnight may end after it."""

TOLERANCE_USD = 1e-9
"""The sum may exceed the limit by this, so that rounding errors of sums never refuse the last reserve of a day."""


class DailyFigures:
    """US dollars by day and caller, of the latest days."""

    def __init__(self) -> None:
        self._days: dict[str, dict[str, float]] = {}

    @property
    def days(self) -> Mapping[str, Mapping[str, float]]:
        """The figures of each day that is kept."""
        return self._days

    def get(self, day: str, caller: str) -> float:
        """Return the figure of a caller."""
        return self._days.get(day, {}).get(caller, 0.0)

    def set(self, day: str, caller: str, usd: float) -> None:
        """Set the figure of a caller. Days before the latest `MAX_KEPT_DAYS` are dropped."""
        self._days.setdefault(day, {})[caller] = usd
        for old in sorted(self._days)[:-MAX_KEPT_DAYS]:
            del self._days[old]


class Spending(Protocol):
    """US dollars that are spent or kept back, of all workers together."""

    def of_this_worker(self, day: str, /) -> Mapping[str, float]:
        """Return the US dollars of this worker alone, by caller."""

    def known_usd(self, day: str, caller: str, /) -> float:
        """Return a caller's US dollars, as far as this worker knows."""

    async def refresh(self, day: str, caller: str, /) -> None:
        """Learn a caller's US dollars at the other workers.

        Raises:
            Refused: The store that the workers share does not answer.
        """

    async def reserve(self, day: str, caller: str, usd: float, limit_usd: float, /) -> bool:
        """Keep back US dollars, unless the sum would exceed the limit; this is one step for all workers.

        Returns:
            Whether they are kept back. If they are not, the figures of the other workers are known now.

        Raises:
            Refused: The store that the workers share does not answer.
        """

    def change(self, day: str, caller: str, usd: float, /) -> None:
        """Add to the US dollars of this worker; give back what was kept back and not spent by a negative sum."""


class SingleSpending:
    """The US dollars of a single worker. They are kept in memory, so they begin at zero when it is restarted."""

    def __init__(self) -> None:
        self._figures = DailyFigures()

    def of_this_worker(self, day: str) -> Mapping[str, float]:
        """Return the US dollars by caller."""
        return self._figures.days.get(day, {})

    def known_usd(self, day: str, caller: str) -> float:
        """Return a caller's US dollars."""
        return self._figures.get(day, caller)

    async def refresh(self, _: str, __: str) -> None:
        """Do nothing, because there are no other workers."""

    async def reserve(self, day: str, caller: str, usd: float, limit_usd: float) -> bool:
        """Keep back US dollars, unless the sum would exceed the limit."""
        if self.known_usd(day, caller) + usd > limit_usd + TOLERANCE_USD:
            return False
        self.change(day, caller, usd)
        return True

    def change(self, day: str, caller: str, usd: float) -> None:
        """Add to the US dollars of a caller."""
        self._figures.set(day, caller, max(0.0, self._figures.get(day, caller) + usd))
