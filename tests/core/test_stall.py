"""How long a silent Claude is waited for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.stall import EXPIRE_AFTER_SECONDS, MAX_LATE_SECONDS, REPORT_AFTER_SECONDS, StallTimer


def test_a_silence_is_said_once_and_then_ended() -> None:
    patience = StallTimer(100.0)
    assert patience.due_at() == 100.0 + REPORT_AFTER_SECONDS
    assert not patience.should_report(100.0 + REPORT_AFTER_SECONDS - 0.1)
    assert patience.should_report(100.0 + REPORT_AFTER_SECONDS)
    assert not patience.should_report(100.0 + REPORT_AFTER_SECONDS + 1)
    assert patience.due_at() == 100.0 + EXPIRE_AFTER_SECONDS
    assert not patience.expired(100.0 + EXPIRE_AFTER_SECONDS - 0.1)
    assert patience.expired(100.0 + EXPIRE_AFTER_SECONDS)


def test_a_sign_of_life_ends_a_silence_and_says_whether_the_reader_knew_of_it() -> None:
    patience = StallTimer(0.0)
    assert not patience.activity(10.0)
    assert patience.should_report(10.0 + REPORT_AFTER_SECONDS)
    assert patience.activity(30.0)
    assert not patience.activity(31.0)
    assert patience.due_at() == 31.0 + REPORT_AFTER_SECONDS


def test_where_the_api_says_to_wait_silence_counts_from_the_end_of_that() -> None:
    patience = StallTimer(0.0)
    patience.back_off(1.0, 50.0)
    assert not patience.should_report(20.0)
    assert not patience.expired(1.0 + 50.0 + EXPIRE_AFTER_SECONDS - 0.1)
    assert patience.expired(1.0 + 50.0 + EXPIRE_AFTER_SECONDS)
    assert patience.activity(51.0)
    assert patience.expired(51.0 + EXPIRE_AFTER_SECONDS)


@pytest.mark.parametrize("waiting", [False, True])
def test_a_process_that_was_held_up_has_heard_nothing_and_blames_nobody(waiting: bool) -> None:
    patience = StallTimer(0.0)
    if waiting:
        patience.back_off(0.0, 10.0)
    before = patience.due_at()
    patience.discount(MAX_LATE_SECONDS / 2)
    assert patience.due_at() == before
    patience.discount(70.0)
    assert patience.due_at() == before + 70.0


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=30))
def test_nothing_is_over_before_a_minute_of_silence_and_a_look_is_never_due_later(
    steps: list[tuple[int, bool]],
) -> None:
    patience = StallTimer(0.0)
    now = last = 0.0
    for pause, heard in steps:
        now += pause
        if heard:
            patience.activity(now)
            last = now
        assert patience.expired(now) == (now - last >= EXPIRE_AFTER_SECONDS)
        patience.should_report(now)
        assert patience.due_at() <= last + EXPIRE_AFTER_SECONDS
