"""Answers without a request."""

from __future__ import annotations

from pathlib import Path

from nbstream.batch.run.answer_file import AnswerFile
from nbstream.batch.run.known_answers import KnownAnswers
from nbstream.batch.run.results import RowResults
from nbstream.batch.run.row_reply import Outcome, RowEnd
from nbstream.batch.run.state import RowStatus


def read(text: str) -> RowEnd:
    if text == "bad":
        return RowEnd(Outcome.NO_OUTPUT, error=ValueError())
    return RowEnd(Outcome.ANSWERED, text.upper())


def test_an_answer_of_the_file_is_read_unless_it_no_longer_fits(tmp_path: Path) -> None:
    file = AnswerFile(tmp_path / "a.jsonl", {})
    file.answers = {"k": "text", "b": "bad"}
    known = KnownAnswers(RowResults(3), file, read)
    end = known.find(0, "k")
    assert end is not None
    assert end.value == "TEXT"
    assert known.find(1, "b") is None
    assert known.find(2, "other") is None


def test_rows_with_one_request_wait_for_the_first_of_them() -> None:
    results = RowResults(4)
    known = KnownAnswers(results, None, read)
    assert not known.waits_for_other(0, "k")
    results.move(0, RowStatus.RUNNING)
    assert known.waits_for_other(1, "k")
    assert known.waits_for_other(2, "k")
    assert known.all_followers() == {1, 2}
    results.fail(2, ValueError())
    assert known.followers_of(0) == [1]
    assert known.followers_of(0) == []
    results.answer(0, "A")
    end = known.find(3, "k")
    assert end is not None
    assert end.value == "A"


def test_the_next_row_asks_if_the_first_one_has_failed() -> None:
    results = RowResults(3)
    known = KnownAnswers(results, None, read)
    known.waits_for_other(0, "k")
    results.fail(0, ValueError())
    assert known.find(1, "k") is None
    assert not known.waits_for_other(1, "k")
    assert known.waits_for_other(2, "k")
    known.release()
    assert known.all_followers() == set()
