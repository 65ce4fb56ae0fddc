"""State of one page: how much may be sent to it, and when it is probed."""

from __future__ import annotations

from nbstream.core.page_state import HIGH_MARK_CHARS, LOW_MARK_CHARS, PROBE_AFTER_SECONDS, PageState


def test_a_page_at_the_high_mark_gets_nothing_until_it_is_at_the_low_mark() -> None:
    page = PageState(sent=HIGH_MARK_CHARS - 1)
    page.update_flow()
    assert page.available_chars() == 1
    page.sent += 1
    page.update_flow()
    assert page.available_chars() == 0
    page.acked = HIGH_MARK_CHARS - LOW_MARK_CHARS - 1
    page.update_flow()
    assert page.available_chars() == 0
    page.acked += 1
    page.update_flow()
    assert page.available_chars() == LOW_MARK_CHARS


def test_a_page_is_probed_after_what_came_last_and_less_and_less_often() -> None:
    page = PageState(sent=5, received=5, last_heard_at=1.0, last_sent_at=2.0)
    assert page.probe_at() is None
    page.received = 4
    assert page.probe_at() == 2.0 + PROBE_AFTER_SECONDS
    page.last_heard_at, page.probes = 3.0, 2
    assert page.probe_at() == 3.0 + 4 * PROBE_AFTER_SECONDS
