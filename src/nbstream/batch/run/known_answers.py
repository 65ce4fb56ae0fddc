"""Answers that need no request: those of the file, and those of rows that send the same request as another row."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .answer_file import AnswerFile
from .results import RowResults
from .row_reply import Outcome, RowEnd
from .state import RowStatus

UNSETTLED = (RowStatus.WAITING, RowStatus.RUNNING)


class KnownAnswers:
    """Finds the answers of one run that need no request.

    Args:
        results: The results of the run.
        file: The file of the answers; `None` for none.
        read: Reads the text of an answer of the file.

    Attributes:
        count: How many rows were answered so.
    """

    def __init__(self, results: RowResults, file: AnswerFile | None, read: Callable[[str], RowEnd]) -> None:
        self.count = 0
        self._results = results
        self._file = file
        self._read = read
        # The row that asks, by the key that it shares with others, and the rows that wait for its answer.
        self._leaders: dict[str, int] = {}
        self._followers: dict[int, list[int]] = {}

    def find(self, row: int, key: str) -> RowEnd | None:
        """Return the answer of a row if it is known."""
        leader = self._leaders.get(key, row)
        if leader != row and self._results.rows[leader] is RowStatus.DONE:
            return RowEnd(Outcome.ANSWERED, self._results.values[leader])
        text = self._file.answers.get(key) if self._file is not None else None
        end = None if text is None else self._read(text)
        # The type may have become stricter than it was when the file was written; then the row is asked again.
        return end if end is not None and end.outcome is Outcome.ANSWERED else None

    def waits_for_other(self, row: int, key: str) -> bool:
        """Return whether a row waits for another one that asks the same. Otherwise this row is to ask."""
        leader = self._leaders.get(key, row)
        if leader != row and self._results.rows[leader] in UNSETTLED:
            self._followers.setdefault(leader, []).append(row)
            return True
        self._leaders[key] = row
        return False

    def followers_of(self, row: int) -> Iterable[int]:
        """Return the rows that have waited for the answer of a row, once."""
        return [follower for follower in self._followers.pop(row, ()) if self._is_waiting(follower)]

    def all_followers(self) -> set[int]:
        """Return all rows that wait for another one."""
        return {row for rows in self._followers.values() for row in rows}

    def release(self) -> None:
        """Let no row wait for another one, because the run ends."""
        self._followers.clear()

    def _is_waiting(self, row: int) -> bool:
        return self._results.rows[row] is RowStatus.WAITING
