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
    known.settle(0, RowEnd(Outcome.ANSWERED, "A"))
    assert (results.values[:3], known.count, known.all_followers()) == (["A", "A", None], 1, set())
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


def test_rows_that_ask_the_same_fail_together_and_a_found_answer_is_counted() -> None:
    results, error = RowResults(3), ValueError("no")
    known = KnownAnswers(results, None, read)
    known.waits_for_other(0, "k")
    results.move(0, RowStatus.RUNNING)
    known.waits_for_other(1, "k")
    known.settle(0, RowEnd(Outcome.FAILED, error=error))
    assert (results.errors, known.count) == ({0: error, 1: error}, 1)
    known.settle(2, RowEnd(Outcome.ANSWERED, "C"), is_asked=False)
    assert (results.values[2], known.count) == ("C", 2)


def test_an_answer_is_kept_in_the_file_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    file = AnswerFile(path, {})
    file.open()
    known = KnownAnswers(RowResults(1), file, read)
    known.record(0, "k", RowEnd(Outcome.ANSWERED, "A", record={"text": "a"}))
    known.record(0, "k", RowEnd(Outcome.NO_OUTPUT, error=ValueError()))
    known.close()
    again = AnswerFile(path, {})
    again.open()
    again.close()
    assert again.answers == {"k": "a"}
    assert '"row": 0' in path.read_text().replace('"row":0', '"row": 0')
    without_file = KnownAnswers(RowResults(1), None, read)
    without_file.record(0, "k", RowEnd(Outcome.ANSWERED, "A", record={"text": "a"}))
    without_file.close()
