"""Decision about a row whose request has failed: send it again, give it up, or end the run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...claude.client import backoff_seconds
from ...claude.failures.errors import is_unsent, retry_after
from ...claude.failures.recovery import Recovery, recovery_of

MAX_BUSY_ATTEMPTS = 50
"""How often one row may be refused because the server is busy. All rows wait for the server together, so a row
that is refused so often would never get through."""

MAX_UNREACHABLE_ROWS = 20
"""The run ends when so many rows in a row have failed without any connection: the network is gone."""


@dataclass(frozen=True)
class Decision:
    """What to do about a row.

    Attributes:
        recovery: The action.
        pause_seconds: The pause that the API asked for, or that this row makes; `None` if there is none.
    """

    recovery: Recovery
    pause_seconds: float | None = None


class Retries:
    """Decides about the failures of one run.

    Args:
        max_attempts: How often a row is sent whose request fails in a way that may pass.
    """

    def __init__(self, max_attempts: int) -> None:
        self._max_attempts = max_attempts
        # For each row, how often it was refused because the server is busy, and how often it failed otherwise.
        self._counts: dict[int, Counter[Recovery]] = {}
        self._unreachable_rows = 0

    def answered(self, row: int) -> None:
        """Note that Claude has answered a row."""
        self._counts.pop(row, None)
        self._unreachable_rows = 0

    def forget(self, row: int) -> None:
        """Forget the failures of a row, because the user asks for it again."""
        self._counts.pop(row, None)

    def decide(self, row: int, error: Exception) -> Decision:
        """Decide about a row whose request has failed with an error."""
        recovery = recovery_of(error)
        counts = self._counts.setdefault(row, Counter())
        counts[recovery] += 1
        attempts = counts[recovery]
        if recovery is Recovery.GIVE_UP_ALL:
            return Decision(recovery)
        if recovery is Recovery.WAIT and attempts < MAX_BUSY_ATTEMPTS:
            return Decision(recovery, retry_after(error))
        if recovery is Recovery.REPEAT and attempts < self._max_attempts:
            return Decision(recovery, retry_after(error) or backoff_seconds(attempts))
        self._counts.pop(row, None)
        self._unreachable_rows += is_unsent(error)
        lost = self._unreachable_rows >= MAX_UNREACHABLE_ROWS
        return Decision(Recovery.GIVE_UP_ALL if lost else Recovery.GIVE_UP)
