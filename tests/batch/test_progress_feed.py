"""When the progress is sent, on a loop whose time the tests set."""

from __future__ import annotations

from typing import Any

import pytest
from fake_loop import FakeLoop

from nbstream.batch import progress_feed
from nbstream.batch.progress_feed import FRAME_INTERVAL_SECONDS, IDLE_INTERVAL_SECONDS, ProgressFeed


class Room:
    """A feed with the times at which it sent, on a loop with a time of its own."""

    def __init__(self) -> None:
        self.loop = FakeLoop()
        self.wait = self.loop.turn
        self.sent: list[float] = []
        self.is_running = True
        self.is_broken = False
        loop: Any = self.loop
        self.feed = ProgressFeed(loop, lambda: {"at": self.loop.now}, self.send, lambda: self.is_running)

    def send(self, progress: dict[str, Any]) -> None:
        if self.is_broken:
            raise OSError("no page")
        self.sent.append(progress["at"] - 100)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    made = Room()
    monkeypatch.setattr(progress_feed, "clock", made.loop.time)
    return made


def test_changes_are_sent_at_once_and_then_at_the_interval(room: Room) -> None:
    for _ in range(25):
        room.feed.changed()
        room.wait(0.01)
    assert room.sent == pytest.approx([0, FRAME_INTERVAL_SECONDS, 2 * FRAME_INTERVAL_SECONDS])


def test_a_silent_run_is_sent_once_a_second_until_its_end(room: Room) -> None:
    room.feed.changed()
    room.wait(2.5)
    assert room.sent == pytest.approx([0, IDLE_INTERVAL_SECONDS, 2 * IDLE_INTERVAL_SECONDS])
    room.is_running = False
    room.feed.send_now()
    room.wait(10)
    assert len(room.sent) == 4


def test_a_change_does_not_wait_for_the_idle_interval(room: Room) -> None:
    room.feed.send_now()
    room.wait(0.5)
    room.feed.changed()
    room.wait(0.05)
    assert room.sent == pytest.approx([0, 0.5])


def test_a_frame_that_cannot_be_sent_is_followed_by_others(room: Room) -> None:
    room.is_broken = True
    room.feed.changed()
    room.wait(0.1)
    room.is_broken = False
    room.wait(IDLE_INTERVAL_SECONDS)
    assert room.sent == pytest.approx([IDLE_INTERVAL_SECONDS])
