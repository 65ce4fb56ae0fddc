"""Whether anybody is there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.presence import MAX_LATE_SECONDS, TICK_SECONDS, Presence


def looks(attendance: Presence, begin: float, count: int, *, listening: bool = True) -> None:
    for index in range(1, count + 1):
        attendance.tick(begin + index * TICK_SECONDS, was_listening=listening)


def test_silence_counts_while_a_page_could_be_heard() -> None:
    attendance = Presence(0.0)
    looks(attendance, 0.0, 9)
    assert not attendance.is_absent(10.0)
    looks(attendance, 9.0, 5, listening=False)
    assert not attendance.is_absent(10.0)
    looks(attendance, 14.0, 1)
    assert attendance.is_absent(10.0)


def test_a_look_that_came_late_counts_for_nothing() -> None:
    attendance = Presence(0.0)
    attendance.tick(TICK_SECONDS + MAX_LATE_SECONDS + 60, was_listening=True)
    assert attendance.silent_seconds == 0.0
    attendance.tick(TICK_SECONDS + MAX_LATE_SECONDS + 61, was_listening=True)
    assert attendance.silent_seconds == 1.0


def test_the_pages_are_asked_from_a_third_on_and_not_twice_in_a_sixth() -> None:
    attendance = Presence(0.0)
    asked = []
    for second in range(1, 30):
        attendance.tick(float(second), was_listening=True)
        if attendance.should_probe(30.0):
            asked.append(second)
    assert asked == [10, 15, 20, 25]
    attendance.seen()
    assert not attendance.should_probe(30.0)
    looks(attendance, 29.0, 10)
    assert attendance.should_probe(30.0)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.1, 5.0)), max_size=60))
def test_nobody_is_taken_for_gone_before_the_time_is_over(steps: list[tuple[bool, bool, float]]) -> None:
    attendance = Presence(0.0)
    now = heard = 0.0
    for page, listening, pause in steps:
        now += pause
        attendance.tick(now, was_listening=listening)
        if page:
            attendance.seen()
            heard = now
        assert attendance.silent_seconds <= now - heard + 1e-6
