"""When a silent connection to Claude is reported, and when it is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.stall import EXPIRE_AFTER_SECONDS, MAX_LATE_SECONDS, REPORT_AFTER_SECONDS, StallTimer


def test_a_stall_is_reported_once_and_then_expires() -> None:
    timer = StallTimer(100.0)
    assert timer.due_at() == 100.0 + REPORT_AFTER_SECONDS
    assert not timer.should_report(100.0 + REPORT_AFTER_SECONDS - 0.1)
    assert timer.should_report(100.0 + REPORT_AFTER_SECONDS)
    timer.reported = True
    assert not timer.should_report(100.0 + REPORT_AFTER_SECONDS + 1)
    assert timer.due_at() == 100.0 + EXPIRE_AFTER_SECONDS
    assert not timer.expired(100.0 + EXPIRE_AFTER_SECONDS - 0.1)
    assert timer.expired(100.0 + EXPIRE_AFTER_SECONDS)


def test_activity_ends_a_stall_and_tells_whether_it_was_reported() -> None:
    timer = StallTimer(0.0)
    assert not timer.activity(10.0)
    assert timer.should_report(10.0 + REPORT_AFTER_SECONDS)
    timer.reported = True
    assert timer.activity(30.0)
    assert not timer.activity(31.0)
    assert timer.due_at() == 31.0 + REPORT_AFTER_SECONDS


def test_silence_counts_from_the_end_of_a_pause_that_the_api_asked_for() -> None:
    timer = StallTimer(0.0)
    timer.back_off(1.0, 50.0)
    assert not timer.should_report(20.0)
    assert not timer.expired(1.0 + 50.0 + EXPIRE_AFTER_SECONDS - 0.1)
    assert timer.expired(1.0 + 50.0 + EXPIRE_AFTER_SECONDS)
    assert timer.activity(51.0)
    assert timer.expired(51.0 + EXPIRE_AFTER_SECONDS)


@pytest.mark.parametrize("backs_off", [False, True])
def test_the_time_in_which_the_process_was_blocked_does_not_count(backs_off: bool) -> None:
    timer = StallTimer(0.0)
    if backs_off:
        timer.back_off(0.0, 10.0)
    before = timer.due_at()
    timer.discount(MAX_LATE_SECONDS / 2)
    assert timer.due_at() == before
    timer.discount(70.0)
    assert timer.due_at() == before + 70.0


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=30))
def test_a_timer_expires_after_a_minute_of_silence_and_no_check_is_due_later(
    steps: list[tuple[int, bool]],
) -> None:
    timer = StallTimer(0.0)
    now = last = 0.0
    for pause, is_active in steps:
        now += pause
        if is_active:
            timer.activity(now)
            last = now
        assert timer.expired(now) == (now - last >= EXPIRE_AFTER_SECONDS)
        timer.reported |= timer.should_report(now)
        assert timer.due_at() <= last + EXPIRE_AFTER_SECONDS
