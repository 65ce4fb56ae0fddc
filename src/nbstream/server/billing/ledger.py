"""What runs and what is spent, by caller: looked at before a reply begins, noted when it has ended.

Between the two, what a reply may cost at most is reserved, so that replies that run at the same time cannot spend
the same dollar. Where several workers serve, each adds what the others said last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..errors import Refused
from ..limits import Limits


def today() -> str:
    """The day whose dollars are counted."""
    return datetime.now(UTC).date().isoformat()


@dataclass
class OtherWorkers:
    """What the other workers said last.

    Attributes:
        running: Replies that run there, by caller.
        spent: US dollars spent and reserved there on the day, by caller.
    """

    running: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Reserve:
    """What is kept back for a reply that runs: whose, of which day, and how many US dollars."""

    caller: str
    day: str
    dollars: float


class Ledger:
    """Counts replies and dollars.

    Args:
        limits: What may be had.
        day: Gives the day, as text that changes at midnight.
    """

    def __init__(self, limits: Limits, day: Callable[[], str] = today) -> None:
        self.others = OtherWorkers()
        self.running: Counter[str] = Counter()
        self._limits = limits
        self._day_of = day
        self._day = day()
        self._spent: Counter[str] = Counter()

    @property
    def day(self) -> str:
        """The day whose dollars are counted; at midnight they are counted anew."""
        self._turn()
        return self._day

    @property
    def spent(self) -> Mapping[str, float]:
        """US dollars spent and reserved here on this day, by caller."""
        self._turn()
        return self._spent

    def check(self, caller: str) -> None:
        """Whether a caller may begin another reply.

        Raises:
            Refused: The limit that is reached, and what to do.
        """
        limits, others = self._limits, self.others.running
        mine = self.running[caller] + others.get(caller, 0)
        if mine >= limits.streams_per_caller:
            raise Refused(
                429,
                f"{mine} answers are running for you, and {limits.streams_per_caller} may; wait for one of them, "
                "or stop it.",
                {"Retry-After": "5"},
            )
        if self.running.total() + sum(others.values()) >= limits.streams:
            raise Refused(
                503,
                f"{limits.streams} answers are running here, which is all that may; try again in a moment.",
                {"Retry-After": "5"},
            )
        left = self.left(caller)
        if left is not None and left <= 0:
            raise Refused(
                429,
                f"What you may spend in a day, about ${limits.dollars_per_day:g}, is spent or kept back for "
                "answers that run; it begins anew at midnight UTC.",
            )

    def left(self, caller: str) -> float | None:
        """US dollars that a caller may still spend today; `None` for any."""
        if self._limits.dollars_per_day is None:
            return None
        return self._limits.dollars_per_day - self.spent.get(caller, 0.0) - self.others.spent.get(caller, 0.0)

    def begin(self, caller: str, dollars: float) -> Reserve:
        """A reply begins, for which so many US dollars are kept back."""
        self.running[caller] += 1
        self._spend(caller, dollars)
        return Reserve(caller, self.day, dollars)

    def renew(self, reserve: Reserve, dollars: float) -> Reserve:
        """The reply goes on with another request, and so many US dollars are kept back for all of it."""
        self._spend(reserve.caller, dollars - self.kept(reserve))
        return Reserve(reserve.caller, self.day, dollars)

    def kept(self, reserve: Reserve) -> float:
        """US dollars of this day that it keeps back; what it did on the day before went with that day."""
        return reserve.dollars if reserve.day == self.day else 0.0

    def end(self, reserve: Reserve, cost: float) -> None:
        """The reply has ended, and has cost so many US dollars."""
        caller = reserve.caller
        self.running[caller] -= 1
        if self.running[caller] <= 0:
            del self.running[caller]
        self._spend(caller, cost - self.kept(reserve))

    def _spend(self, caller: str, dollars: float) -> None:
        self._turn()
        if self._limits.dollars_per_day is not None:
            self._spent[caller] += dollars  # type: ignore[assignment]

    def _turn(self) -> None:
        """Begin the next day, once it has come. A clock that is set back brings no day back."""
        if (day := self._day_of()) > self._day:
            self._day = day
            self._spent.clear()
