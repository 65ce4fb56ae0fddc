"""States of a run and of its rows, each with its legal transitions."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from concurrent.futures import Future
from enum import IntEnum, StrEnum


class RunStatus(StrEnum):
    """The state of a run."""

    RUNNING = "running"
    DONE = "done"
    """Every row has an answer or an error."""
    STOPPED = "stopped"
    """The user, an interrupt or the budget has ended it."""
    FAILED = "failed"
    """No row could be asked any more, as with a wrong key."""


class RowStatus(IntEnum):
    """The state of a row. A million rows have one byte each."""

    WAITING = 0
    RUNNING = 1
    DONE = 2
    FAILED = 3
    STOPPED = 4


RUN_TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.RUNNING: frozenset({RunStatus.DONE, RunStatus.STOPPED, RunStatus.FAILED}),
    RunStatus.DONE: frozenset({RunStatus.RUNNING}),
    RunStatus.STOPPED: frozenset({RunStatus.RUNNING}),
    RunStatus.FAILED: frozenset({RunStatus.RUNNING}),
}
"""The allowed changes of a run. A retry makes an ended run go on."""

ROW_TRANSITIONS: Mapping[RowStatus, frozenset[RowStatus]] = {
    RowStatus.WAITING: frozenset({RowStatus.RUNNING, RowStatus.DONE, RowStatus.FAILED}),
    RowStatus.RUNNING: frozenset({RowStatus.WAITING, RowStatus.DONE, RowStatus.FAILED, RowStatus.STOPPED}),
    RowStatus.DONE: frozenset(),
    RowStatus.FAILED: frozenset({RowStatus.WAITING}),
    RowStatus.STOPPED: frozenset({RowStatus.WAITING}),
}
"""The allowed changes of a row. A row with an answer is never asked again."""


class RunLife:
    """The state of one run.

    Attributes:
        status: The state.
        stop_reason: Why the run was stopped; `None` if it was not.
        error: The error that ended a run as `FAILED`.
        is_over: A future that is done when the run has ended and all its requests are closed.
    """

    def __init__(self) -> None:
        self.status = RunStatus.RUNNING
        self.stop_reason: str | None = None
        self.error: Exception | None = None
        self.is_over: Future[None] = Future()

    @property
    def is_running(self) -> bool:
        """Whether rows are still asked."""
        return self.status is RunStatus.RUNNING

    def finish(self, status: RunStatus, reason: str | None = None, error: Exception | None = None) -> None:
        """End the run. Its requests may still be closing."""
        self._move(status)
        self.stop_reason, self.error = reason, error

    def resume(self) -> None:
        """Go on after the end, because rows are asked again."""
        self._move(RunStatus.RUNNING)
        self.stop_reason = self.error = None
        self.is_over = Future()

    def _move(self, status: RunStatus) -> None:
        if status not in RUN_TRANSITIONS[self.status]:
            raise RuntimeError(f"A run cannot go from {self.status} to {status}; this is a bug in nbstream.")
        self.status = status


class RowStates:
    """The states of all rows, with their counts.

    Args:
        count: The number of rows.

    Attributes:
        revision: Grows with every change.
        failed: The rows that have failed, in order.
    """

    def __init__(self, count: int) -> None:
        self._states = bytearray(count)
        self._counts = dict.fromkeys(RowStatus, 0) | {RowStatus.WAITING: count}
        self.revision = 0
        self.failed: list[int] = []

    def __len__(self) -> int:
        return len(self._states)

    def __getitem__(self, row: int) -> RowStatus:
        return RowStatus(self._states[row])

    def count(self, status: RowStatus) -> int:
        """Return the number of rows in a state."""
        return self._counts[status]

    def move(self, row: int, status: RowStatus) -> None:
        """Change the state of a row.

        Raises:
            RuntimeError: `ROW_TRANSITIONS` forbids the change, which is a bug in nbstream.
        """
        before = self[row]
        if status not in ROW_TRANSITIONS[before]:
            raise RuntimeError(f"A row cannot go from {before.name} to {status.name}; this is a bug in nbstream.")
        self._states[row] = status
        self._counts[before] -= 1
        self._counts[status] += 1
        self.revision += 1
        if status is RowStatus.FAILED:
            insort(self.failed, row)
        elif before is RowStatus.FAILED:
            del self.failed[bisect_left(self.failed, row)]
