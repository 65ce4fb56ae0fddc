"""Stalls on a clock that the test turns; stalls over real HTTP are in test_faults.py."""

from __future__ import annotations

import asyncio

import pytest

from nbstream.conversation.reply import stall_watch as stall
from nbstream.conversation.reply.stall_watch import StallWatch

pytestmark = pytest.mark.anyio


class Room:
    """A watch over one request, and its reports."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stall, "REPORT_AFTER_SECONDS", 10.0)
        monkeypatch.setattr(stall, "EXPIRE_AFTER_SECONDS", 60.0)
        monkeypatch.setattr(stall.asyncio, "sleep", self._sleep)
        self.now = 100.0
        self.reported: list[tuple[float, float | None]] = []
        self.given_up = asyncio.Event()
        self.events = {}
        self.stall = StallWatch(lambda: self.now, lambda *quiet: self.reported.append(quiet), self.given_up.set)

    async def _sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.now += seconds
        if (event := self.events.pop(round(self.now), None)) is not None:
            event()


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


async def test_a_stall_is_reported_after_a_while_and_aborted_after_a_longer_one(room: Room) -> None:
    with room.stall.watch("watch"):
        await room.given_up.wait()
    assert room.reported == [(100.0, None)]
    assert room.stall.timed_out
    assert (room.now, room.stall.end_after) == (160.0, 60.0)


async def test_activity_ends_a_stall_and_another_may_begin(room: Room) -> None:
    room.events = {110: room.stall.activity}
    with room.stall.watch("watch"):
        await room.given_up.wait()
    assert room.now == 170.0


async def test_the_api_may_say_how_long_to_wait(room: Room) -> None:
    room.events = {110: lambda: room.stall.backing_off(30.0)}
    with room.stall.watch("watch"):
        await room.given_up.wait()
    assert (110.0, 140.0) in room.reported
    assert room.now > 170.0


async def test_a_request_that_has_ended_is_watched_no_more(room: Room) -> None:
    with room.stall.watch("watch"):
        pass
    [watch] = [task for task in asyncio.all_tasks() if task.get_name() == "watch"]
    await asyncio.wait({watch})
    assert watch.cancelled()
    assert not room.given_up.is_set()
