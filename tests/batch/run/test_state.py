"""The states of rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.batch.run.state import ROW_TRANSITIONS, RowStates, RowStatus, RunLife, RunStatus


def test_the_counts_and_the_failed_rows_are_right_after_any_moves() -> None:
    states = RowStates(3)
    states.move(2, RowStatus.FAILED)
    states.move(0, RowStatus.RUNNING)
    states.move(0, RowStatus.FAILED)
    assert (states.failed, states.revision, states[1]) == ([0, 2], 3, RowStatus.WAITING)
    states.move(2, RowStatus.WAITING)
    assert [states.count(status) for status in RowStatus] == [2, 0, 0, 1, 0]
    assert states.failed == [0]


def test_a_row_with_an_answer_is_never_asked_again() -> None:
    states = RowStates(1)
    states.move(0, RowStatus.DONE)
    for status in RowStatus:
        with pytest.raises(RuntimeError, match="bug in nbstream"):
            states.move(0, status)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(RowStatus)), max_size=50))
def test_counts_follow_every_legal_move(moves: list[tuple[int, RowStatus]]) -> None:
    states = RowStates(5)
    known = [RowStatus.WAITING] * 5
    for row, status in moves:
        if status in ROW_TRANSITIONS[known[row]]:
            states.move(row, status)
            known[row] = status
    assert [states[row] for row in range(len(states))] == known
    assert [states.count(status) for status in RowStatus] == [known.count(status) for status in RowStatus]
    assert states.failed == [row for row in range(5) if known[row] is RowStatus.FAILED]


def test_a_run_ends_once_and_goes_on_after_its_end() -> None:
    life = RunLife()
    life.finish(RunStatus.STOPPED, "user")
    assert (life.is_running, life.stop_reason) == (False, "user")
    with pytest.raises(RuntimeError, match="bug in nbstream"):
        life.finish(RunStatus.DONE)
    life.is_over.set_result(None)
    life.resume()
    assert (life.is_running, life.stop_reason, life.is_over.done()) == (True, None, False)
