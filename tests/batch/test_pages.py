"""The messages of a batch's pages."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from nbstream.batch.pages import BatchPages
from nbstream.kernel.event_loop import ThreadLoop
from nbstream.notebook import view_count


class Room:
    """The pages of a batch that does nothing but record."""

    def __init__(self, own: ThreadLoop, **more: Any) -> None:
        self.own = own
        self.sent: list[dict[str, Any]] = []
        self.acts: list[Any] = []
        table: Any = SimpleNamespace(window=lambda first, count, only_failed: {"at": (first, count, only_failed)})
        commands: Any = SimpleNamespace(stop_now=self.acts.append, retry_now=self.acts.append)
        self.pages = BatchPages(own, table, self.sent.append, commands, **more)

    def say(self, *messages: Any, via: str = "comm") -> None:
        for message in messages:
            self.pages.receive(message, via)
        self.own.call(lambda: None)


def test_a_question_for_rows_is_answered_to_its_page_and_names_the_way(own: ThreadLoop) -> None:
    greetings: list[None] = []
    room = Room(own, greeted=lambda: greetings.append(None))
    room.say({"kind": "rows", "page": "p", "first": 3, "count": 500, "only": "failed"}, via="control")
    room.say({"kind": "rows", "first": -3, "count": True})
    assert room.sent == [
        {"at": (3, 200, True), "to": "p", "via": "control"},
        {"at": (0, 0, False), "to": "", "via": "comm"},
    ]
    assert len(greetings) == 2


def test_a_press_that_comes_twice_counts_once(own: ThreadLoop) -> None:
    room = Room(own)
    one = {"kind": "retry", "index": 4, "key": "k"}
    room.say(
        one, one, {"kind": "retryAll", "key": "l"}, {"kind": "retryAll", "key": "l"}, {"kind": "retry", "index": 4}
    )
    assert room.acts == [[4], None, [4]]


def test_stop_stops_and_what_is_no_message_does_nothing(own: ThreadLoop) -> None:
    room = Room(own)
    room.say(
        None, "stop", 3, {}, {"kind": "retry"}, {"kind": "retry", "index": -1}, {"kind": "bye"}, {"kind": "stop"}
    )
    assert room.acts == ["user"]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_count, "NO_VIEW_SECONDS", 0.05)


@pytest.mark.usefixtures("soon")
def test_a_batch_that_is_removed_from_all_pages_is_stopped(own: ThreadLoop) -> None:
    room = Room(own)
    here = {"kind": "here", "page": "p", "views": 1}
    gone = {**here, "views": 0}
    room.say(gone, here, {"kind": "here", "page": "q", "views": 1}, gone)
    time.sleep(0.08)
    assert room.acts == []
    room.say({"kind": "here", "page": "q", "views": 0}, here)
    time.sleep(0.08)
    assert room.acts == []
    room.say(gone)
    deadline = time.monotonic() + 5
    while not room.acts and time.monotonic() < deadline:
        time.sleep(0.005)
    assert room.acts == ["closed"]


@pytest.mark.usefixtures("soon")
def test_a_run_goes_on_without_its_page(own: ThreadLoop) -> None:
    room = Room(own)
    room.say({"kind": "here", "page": "p", "views": 1}, {"kind": "goodbye", "page": "p"})
    marimo = Room(own, closes_without_view=False)
    marimo.say({"kind": "here", "page": "p", "views": 1}, {"kind": "here", "page": "p", "views": 0})
    time.sleep(0.08)
    assert room.acts == marimo.acts == []
