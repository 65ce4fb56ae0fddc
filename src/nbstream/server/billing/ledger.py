"""Ledger of each caller's running replies and spent US dollars.

The most that a request may cost is reserved before it is sent, so two replies that run at the same time cannot
spend the same dollar. If there are several workers, this holds for all of them together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import Refused
from ..limits import Limits
from .spending import SingleSpending, Spending


def today() -> str:
    """Return the current day in UTC, as in `"2026-11-25"`."""
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True)
class Reserve:
    """The US dollars that are reserved for a request of one caller, from the budget of one day."""

    caller: str
    day: str
    usd: float


class Ledger:
    """Counts running replies and US dollars.

    Args:
        limits: The server's limits.
        spending: The US dollars of all workers; by default those of a single one.
        read_day: Returns the current day as text. A later day must compare as greater.

    Attributes:
        running: Number of replies that run on this worker, by caller.
        running_elsewhere: The latest numbers of the other workers.
    """

    def __init__(
        self, limits: Limits, spending: Spending | None = None, read_day: Callable[[], str] = today
    ) -> None:
        self.running: Counter[str] = Counter()
        self.running_elsewhere: Mapping[str, int] = {}
        self._limits = limits
        self._spending: Spending = spending or SingleSpending()
        self._read_day = read_day
        self._day = read_day()

    @property
    def has_dollar_limit(self) -> bool:
        """Whether US dollars are counted."""
        return self._limits.dollars_per_day is not None

    @property
    def day(self) -> str:
        """The day whose budget is spent. A clock that is set back does not bring an old day back."""
        self._day = max(self._day, self._read_day())
        return self._day

    @property
    def spent(self) -> Mapping[str, float]:
        """US dollars spent and reserved on this worker today, by caller."""
        return self._spending.of_this_worker(self.day)

    def check_running(self, caller: str) -> None:
        """Check that a caller may begin another reply.

        Raises:
            Refused: A limit of running replies is reached. The error names the limit and says what to do.
        """
        limits, elsewhere = self._limits, self.running_elsewhere
        running = self.running[caller] + elsewhere.get(caller, 0)
        if running >= limits.streams_per_caller:
            raise Refused(
                429,
                f"{running} answers are running for you, and the limit is {limits.streams_per_caller}; wait for "
                "one of them, or stop it.",
                {"Retry-After": "5"},
            )
        if self.running.total() + sum(elsewhere.values()) >= limits.streams:
            raise Refused(
                503,
                f"{limits.streams} answers are running here, which is the limit; try again in a moment.",
                {"Retry-After": "5"},
            )

    async def check_dollars(self, caller: str) -> None:
        """Check that a caller has US dollars left today, at all workers together.

        Raises:
            Refused: The budget is spent, or the store that the workers share does not answer.
        """
        if self._limits.dollars_per_day is None:
            return
        await self._spending.refresh(self.day, caller)
        if self.remaining(caller) <= 0:
            raise Refused(
                429,
                f"Your budget for a day, about ${self._limits.dollars_per_day:g}, is spent, or reserved for "
                "answers that are running; it begins anew at midnight UTC.",
            )

    def remaining(self, caller: str) -> float:
        """Return the US dollars that a caller may still spend today, as far as this worker knows."""
        if self._limits.dollars_per_day is None:
            return float("inf")
        return self._limits.dollars_per_day - self._spending.known_usd(self.day, caller)

    def begin_reply(self, caller: str) -> None:
        """Count a reply as running."""
        self.running[caller] += 1

    def end_reply(self, caller: str) -> None:
        """Count a reply as ended."""
        self.running[caller] -= 1
        if self.running[caller] <= 0:
            del self.running[caller]

    async def reserve(self, caller: str, usd: float) -> Reserve | None:
        """Reserve US dollars of today; `None` if other replies have reserved them meanwhile.

        Raises:
            Refused: The store that the workers share does not answer.
        """
        if self._limits.dollars_per_day is None:
            return Reserve(caller, self.day, 0.0)
        reserve = Reserve(caller, self.day, usd)
        is_reserved = await self._spending.reserve(reserve.day, caller, usd, self._limits.dollars_per_day)
        return reserve if is_reserved else None

    def settle(self, reserve: Reserve, usd: float) -> None:
        """Replace a reserve by the US dollars that were spent of it, on the day on which they were reserved."""
        if usd != reserve.usd:
            self._spending.change(reserve.day, reserve.caller, usd - reserve.usd)
