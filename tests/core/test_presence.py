"""Whether some page is there to read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.presence import GOODBYE_SECONDS, MAX_LATE_SECONDS, TICK_SECONDS, Presence


def tick_times(presence: Presence, begin: float, count: int, *, was_listening: bool = True) -> None:
    for index in range(1, count + 1):
        presence.tick(begin + index * TICK_SECONDS, was_listening=was_listening)


def test_silence_counts_while_a_message_could_arrive() -> None:
    presence = Presence(0.0)
    tick_times(presence, 0.0, 9)
    assert not presence.is_absent(10.0)
    tick_times(presence, 9.0, 5, was_listening=False)
    assert not presence.is_absent(10.0)
    tick_times(presence, 14.0, 1)
    assert presence.is_absent(10.0)


def test_a_late_tick_does_not_count() -> None:
    presence = Presence(0.0)
    presence.tick(TICK_SECONDS + MAX_LATE_SECONDS + 60, was_listening=True)
    assert presence.silent_seconds == 0.0
    presence.tick(TICK_SECONDS + MAX_LATE_SECONDS + 61, was_listening=True)
    assert presence.silent_seconds == 1.0


def test_the_pages_are_probed_from_a_third_of_the_limit_on_once_in_each_sixth() -> None:
    presence = Presence(0.0)
    probed = []
    for second in range(1, 30):
        presence.tick(float(second), was_listening=True)
        if presence.should_probe(30.0):
            presence.probed(30.0)
            probed.append(second)
    assert probed == [10, 15, 20, 25]
    presence.seen()
    assert not presence.should_probe(30.0)
    tick_times(presence, 29.0, 10)
    assert presence.should_probe(30.0)


def test_after_a_goodbye_a_shorter_silence_is_enough_unless_a_page_comes_back() -> None:
    presence = Presence(0.0)
    tick_times(presence, 0.0, 8)
    presence.left()
    tick_times(presence, 8.0, int(GOODBYE_SECONDS) - 1)
    assert not presence.is_absent(30.0)
    tick_times(presence, 7.0 + GOODBYE_SECONDS, 1)
    assert presence.is_absent(30.0)
    presence.seen()
    tick_times(presence, 8.0 + GOODBYE_SECONDS, 29)
    assert not presence.is_absent(30.0)


def test_a_shorter_limit_holds_after_a_goodbye_too() -> None:
    presence = Presence(0.0)
    presence.left()
    tick_times(presence, 0.0, 3)
    assert presence.is_absent(3.0)


def test_a_kernel_that_cannot_listen_does_not_count_the_time_after_a_goodbye() -> None:
    presence = Presence(0.0)
    presence.left()
    tick_times(presence, 0.0, 60, was_listening=False)
    assert not presence.is_absent(30.0)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.1, 5.0)), max_size=60))
def test_no_page_counts_as_absent_before_the_limit(steps: list[tuple[bool, bool, float]]) -> None:
    presence = Presence(0.0)
    now = seen_at = 0.0
    for is_seen, was_listening, pause in steps:
        now += pause
        presence.tick(now, was_listening=was_listening)
        if is_seen:
            presence.seen()
            seen_at = now
        assert presence.silent_seconds <= now - seen_at + 1e-6
