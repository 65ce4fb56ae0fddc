"""Known answers of a run: those of its file, and those that rows with the same request share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from .answer_file import AnswerFile
from .results import RowResults
from .row_reply import Outcome, RowEnd
from .state import RowStatus

UNSETTLED = (RowStatus.WAITING, RowStatus.RUNNING)


class KnownAnswers:
    """Finds the answers of one run that need no request, and keeps the others for later rows and runs.

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

    def record(self, row: int, key: str, end: RowEnd) -> None:
        """Add an answer to the file.

        Raises:
            OSError: The answer cannot be kept.
        """
        if self._file is not None and end.record is not None:
            self._file.append(key, {"row": row, **end.record})

    def settle(self, row: int, end: RowEnd, *, is_asked: bool = True) -> None:
        """Keep the answer or the error of a row, and give it to the rows that ask the same.

        Args:
            row: The row.
            end: Its answer or its error.
            is_asked: Whether the row itself was asked.
        """
        followers = [other for other in self._followers.pop(row, ()) if self._is_waiting(other)]
        self.count += len(followers) + (not is_asked)
        for each in (row, *followers):
            if end.error is None:
                self._results.answer(each, end.value)
            else:
                self._results.fail(each, end.error)

    def all_followers(self) -> set[int]:
        """Return all rows that wait for another one."""
        return {row for rows in self._followers.values() for row in rows}

    def release(self) -> None:
        """Let no row wait for another one, because the run ends."""
        self._followers.clear()

    def close(self) -> None:
        """Close the file. All its answers are written already."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _is_waiting(self, row: int) -> bool:
        return self._results.rows[row] is RowStatus.WAITING
