"""The pace of a run: the window of requests at once, and the pauses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbstream.batch.run.pace import MAX_PAUSE_SECONDS, Pace


def test_all_may_start_at_once_until_the_server_refuses_one() -> None:
    pace = Pace(8)
    assert [pace.may_start(0.0, running) for running in (0, 7, 8)] == [True, True, False]
    pace.refused(1.0, 0.5, 3.0)
    assert pace.paused_seconds(1.5) == 2.5
    assert not pace.may_start(3.9, 0)
    assert pace.paused_seconds(4.0) is None
    assert [pace.may_start(4.0, running) for running in (0, 3, 4)] == [True, True, False]


def test_refusals_of_one_jam_halve_the_window_once() -> None:
    pace = Pace(8)
    for _ in range(8):
        pace.refused(1.0, 0.5, None)
    assert pace.window == 4
    # A request that was sent after the cut was refused: the smaller window is still too large.
    pace.refused(3.0, 2.0, None)
    assert pace.window == 2


def test_the_longest_wait_that_the_server_asks_for_counts() -> None:
    pace = Pace(8)
    pace.refused(1.0, 0.5, 30.0)
    pace.refused(1.1, 0.5, 2.0)
    assert pace.paused_seconds(1.1) == 29.9


def test_without_a_wish_of_the_server_pauses_double_until_an_answer() -> None:
    pace = Pace(8, min_pause_seconds=1.0)
    pauses = []
    now = 0.0
    for _ in range(9):
        pace.refused(now, now, None)
        pauses.append(pace.paused_seconds(now))
        now += 100.0
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]
    pace.answered()
    pace.refused(now, now, None)
    assert pace.paused_seconds(now) == 1.0


def test_each_round_of_answers_allows_one_more() -> None:
    pace = Pace(8)
    for at in (0.0, 1.0, 2.0):
        pace.refused(at, at, 0.0)
    assert pace.window == 1
    windows = []
    for _ in range(40):
        pace.answered()
        windows.append(pace.window)
    assert windows[:6] == [2, 2, 2, 3, 3, 3]
    assert windows[-1] == 8


@given(
    st.integers(1, 64),
    st.lists(
        st.one_of(st.none(), st.tuples(st.floats(0, 5), st.one_of(st.none(), st.floats(0, 90)))), max_size=60
    ),
)
def test_the_window_stays_between_one_and_the_limit_and_every_pause_ends(
    concurrency: int, events: list[tuple[float, float | None] | None]
) -> None:
    pace, now = Pace(concurrency), 0.0
    for event in events:
        if event is None:
            pace.answered()
        else:
            age, pause = event
            before = pace.window
            pace.refused(now, now - age, pause)
            assert pace.window <= before
            assert (pace.paused_seconds(now) or 0.0) <= 95.0
        assert 1 <= pace.window <= concurrency
        now += 1.0
    assert pace.may_start(now + 100.0, 0)
    for _ in range(concurrency * concurrency):
        pace.answered()
    assert pace.window == concurrency
