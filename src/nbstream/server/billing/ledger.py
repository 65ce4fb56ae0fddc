"""Ledger of each caller's running replies and spent US dollars.

The most that a reply may cost is reserved before the reply begins, so two replies that run at the same time cannot
spend the same dollar. If there are several workers, each adds the latest figures of the others to its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..errors import Refused
from ..limits import Limits


def today() -> str:
    """Return the current day in UTC, as in `"2026-11-25"`."""
    return datetime.now(UTC).date().isoformat()


@dataclass
class OtherWorkers:
    """The latest figures of the other workers.

    Attributes:
        running: Number of replies that run there, by caller.
        spent: US dollars spent and reserved there today, by caller.
    """

    running: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Reserve:
    """The US dollars that are reserved for a running reply of one caller, from the budget of one day."""

    caller: str
    day: str
    usd: float


class Ledger:
    """Counts running replies and US dollars.

    Args:
        limits: The server's limits.
        read_day: Returns the current day as text. A later day must compare as greater.

    Attributes:
        running: Number of replies that run on this worker, by caller.
        other_workers: The latest figures of the other workers.
    """

    def __init__(self, limits: Limits, read_day: Callable[[], str] = today) -> None:
        self.other_workers = OtherWorkers()
        self.running: Counter[str] = Counter()
        self._limits = limits
        self._read_day = read_day
        self._day = read_day()
        self._spent: Counter[str] = Counter()

    @property
    def day(self) -> str:
        """The day whose spending is counted. At midnight the counts begin at zero."""
        self._start_new_day()
        return self._day

    @property
    def spent(self) -> Mapping[str, float]:
        """US dollars spent and reserved on this worker today, by caller."""
        self._start_new_day()
        return self._spent

    def check_limits(self, caller: str) -> None:
        """Check that a caller may begin another reply.

        Raises:
            Refused: A limit is reached. The error names the limit and says what to do.
        """
        limits, elsewhere = self._limits, self.other_workers.running
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
        remaining_usd = self.remaining(caller)
        if remaining_usd is not None and remaining_usd <= 0:
            raise Refused(
                429,
                f"Your budget for a day, about ${limits.dollars_per_day:g}, is spent, or reserved for answers "
                "that are running; it begins anew at midnight UTC.",
            )

    def remaining(self, caller: str) -> float | None:
        """Return the US dollars that a caller may still spend today; `None` if there is no limit."""
        if self._limits.dollars_per_day is None:
            return None
        spent_elsewhere_usd = self.other_workers.spent.get(caller, 0.0)
        return self._limits.dollars_per_day - self.spent.get(caller, 0.0) - spent_elsewhere_usd

    def reserve(self, caller: str, usd: float) -> Reserve:
        """Count a reply as running, and reserve US dollars for it."""
        self.running[caller] += 1
        self._add_spent(caller, usd)
        return Reserve(caller, self.day, usd)

    def renew(self, reserve: Reserve, usd: float) -> Reserve:
        """Replace a reserve when its reply sends another request. `usd` is the new sum for the whole reply."""
        self._add_spent(reserve.caller, usd - self.reserved_today(reserve))
        return Reserve(reserve.caller, self.day, usd)

    def reserved_today(self, reserve: Reserve) -> float:
        """Return the US dollars that a reserve takes from today's budget. A reserve of an earlier day takes 0."""
        return reserve.usd if reserve.day == self.day else 0.0

    def settle(self, reserve: Reserve, usd: float) -> None:
        """Count a reply as ended, and replace its reserve by the US dollars that it has cost."""
        caller = reserve.caller
        self.running[caller] -= 1
        if self.running[caller] <= 0:
            del self.running[caller]
        self._add_spent(caller, usd - self.reserved_today(reserve))

    def _add_spent(self, caller: str, usd: float) -> None:
        self._start_new_day()
        if self._limits.dollars_per_day is not None:
            self._spent[caller] += usd  # type: ignore[assignment]

    def _start_new_day(self) -> None:
        """Clear the counts if a new day has begun. A clock that is set back does not bring an old day back."""
        if (day := self._read_day()) > self._day:
            self._day = day
            self._spent.clear()
