"""A silence, on a clock that the test turns; over real HTTP it is in test_faults.py."""

from __future__ import annotations

import asyncio

import pytest

from nbstream.conversation import stall_watch as silence
from nbstream.conversation.stall_watch import StallWatch

pytestmark = pytest.mark.anyio


class Room:
    """A silence and what was said of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(silence, "REPORT_AFTER_SECONDS", 10.0)
        monkeypatch.setattr(silence, "EXPIRE_AFTER_SECONDS", 60.0)
        monkeypatch.setattr(silence.asyncio, "sleep", self._sleep)
        self.now = 100.0
        self.told: list[tuple[float, float | None]] = []
        self.given_up = asyncio.Event()
        self.events = {}
        self.silence = StallWatch(lambda: self.now, lambda *quiet: self.told.append(quiet), self.given_up.set)

    async def _sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.now += seconds
        if (event := self.events.pop(round(self.now), None)) is not None:
            event()


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


async def test_it_is_said_after_a_while_and_ended_after_a_longer_one(room: Room) -> None:
    with room.silence.watch("watch"):
        await room.given_up.wait()
    assert room.told == [(100.0, None)]
    assert room.silence.timed_out
    assert (room.now, room.silence.end_after) == (160.0, 60.0)


async def test_a_sign_of_life_ends_it_and_another_begins(room: Room) -> None:
    room.events = {110: room.silence.activity}
    with room.silence.watch("watch"):
        await room.given_up.wait()
    assert room.now == 170.0


async def test_the_api_may_say_how_long(room: Room) -> None:
    room.events = {110: lambda: room.silence.backing_off(30.0)}
    with room.silence.watch("watch"):
        await room.given_up.wait()
    assert (110.0, 140.0) in room.told
    assert room.now > 170.0


async def test_what_is_over_is_watched_no_more(room: Room) -> None:
    with room.silence.watch("watch"):
        pass
    [watch] = [task for task in asyncio.all_tasks() if task.get_name() == "watch"]
    await asyncio.wait({watch})
    assert watch.cancelled()
    assert not room.given_up.is_set()
