"""How long a silent Claude is waited for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.stall import END_AFTER, LATE, SAY_AFTER, StallTimer


def test_a_silence_is_said_once_and_then_ended() -> None:
    patience = StallTimer(100.0)
    assert patience.due_at() == 100.0 + SAY_AFTER
    assert not patience.is_to_say(100.0 + SAY_AFTER - 0.1)
    assert patience.is_to_say(100.0 + SAY_AFTER)
    assert not patience.is_to_say(100.0 + SAY_AFTER + 1)
    assert patience.due_at() == 100.0 + END_AFTER
    assert not patience.is_over(100.0 + END_AFTER - 0.1)
    assert patience.is_over(100.0 + END_AFTER)


def test_a_sign_of_life_ends_a_silence_and_says_whether_the_reader_knew_of_it() -> None:
    patience = StallTimer(0.0)
    assert not patience.heard(10.0)
    assert patience.is_to_say(10.0 + SAY_AFTER)
    assert patience.heard(30.0)
    assert not patience.heard(31.0)
    assert patience.due_at() == 31.0 + SAY_AFTER


def test_where_the_api_says_to_wait_silence_counts_from_the_end_of_that() -> None:
    patience = StallTimer(0.0)
    patience.wait(1.0, 50.0)
    assert not patience.is_to_say(20.0)
    assert not patience.is_over(1.0 + 50.0 + END_AFTER - 0.1)
    assert patience.is_over(1.0 + 50.0 + END_AFTER)
    assert patience.heard(51.0)
    assert patience.is_over(51.0 + END_AFTER)


@pytest.mark.parametrize("waiting", [False, True])
def test_a_process_that_was_held_up_has_heard_nothing_and_blames_nobody(waiting: bool) -> None:
    patience = StallTimer(0.0)
    if waiting:
        patience.wait(0.0, 10.0)
    before = patience.due_at()
    patience.excuse(LATE / 2)
    assert patience.due_at() == before
    patience.excuse(70.0)
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
            patience.heard(now)
            last = now
        assert patience.is_over(now) == (now - last >= END_AFTER)
        patience.is_to_say(now)
        assert patience.due_at() <= last + END_AFTER
