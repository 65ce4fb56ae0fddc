"""When the views of a chat or a batch count as removed, with timers that the tests fire."""

from __future__ import annotations

from typing import Any

import pytest
from fake_loop import FakeLoop

from nbstream.notebook.view_count import NO_VIEW_SECONDS, ViewCount


class Room:
    """A count on a loop whose clock only `wait` turns."""

    def __init__(self, *, closes_without_view: bool = True) -> None:
        self.removed: list[str] = []
        self.loop = FakeLoop()
        loop: Any = self.loop
        self.views = ViewCount(loop, self.removed.append, closes_without_view=closes_without_view)

    def wait(self) -> list[str]:
        self.loop.turn(NO_VIEW_SECONDS - 0.01)
        assert self.removed == []
        self.loop.turn(0.02)
        return self.removed


def test_the_last_view_that_is_gone_for_a_while_was_removed() -> None:
    room = Room()
    room.views.set("p", 0)
    room.views.set("p", 2)
    room.views.set("q", 1)
    room.views.set("p", 0)
    assert room.wait() == []
    room.views.set("q", 0)
    assert room.removed == []
    assert room.wait() == ["closed"]


@pytest.mark.parametrize("page", ["p", "q"])
def test_a_view_that_comes_back_or_another_page_keeps_it(page: str) -> None:
    room = Room()
    room.views.set("p", 1)
    room.views.set("p", 0)
    room.views.set(page, 1)
    assert room.wait() == []


def test_a_page_that_is_closed_removes_nothing() -> None:
    room = Room()
    room.views.set("p", 1)
    room.views.set("q", 1)
    assert [room.views.forget(page) for page in ("p", "q", "q")] == [False, True, False]
    room.views.set("r", 0)
    assert room.wait() == []


def test_pages_that_are_no_longer_known_do_not_count() -> None:
    room = Room()
    room.views.set("gone", 1)
    room.views.set("p", 1)
    room.views.keep({"p"})
    room.views.set("p", 0)
    assert room.wait() == ["closed"]


def test_a_count_that_is_closed_or_of_a_host_that_replaces_views_tells_nothing() -> None:
    closed, replacing = Room(), Room(closes_without_view=False)
    for room in (closed, replacing):
        room.views.set("p", 1)
        room.views.set("p", 0)
    closed.views.close()
    assert closed.wait() == replacing.wait() == []
