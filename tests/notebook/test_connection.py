"""Frames at their pace, on a loop whose clock the test turns."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, get_args

import pytest
from fake_loop import FakeLoop

from nbstream.core.codec import to_wire
from nbstream.core.command_frames import (
    Approve,
    Command,
    Continue,
    Prompt,
    Regenerate,
    Retry,
    SelectModel,
    SelectVersion,
    SendNow,
    Stop,
    Summarize,
    Withdraw,
)
from nbstream.core.log import Log
from nbstream.core.ops import BlockClosed, BlockOpened
from nbstream.core.outbox import (
    FRAME_INTERVAL_SECONDS,
    FULL_FRAME_CHARS,
    HIDDEN_INTERVAL_SECONDS,
    TEXT_INTERVAL_SECONDS,
)
from nbstream.core.presence import GOODBYE_SECONDS
from nbstream.core.protocol import Ack, Bye, Frame, Resync
from nbstream.notebook import connection as module
from nbstream.notebook.connection import MAX_FRAMES_PER_SECOND, READ_LEAD_SECONDS, Connection
from nbstream.notebook.view_count import NO_VIEW_SECONDS


class Room:
    """A connection with its sent frames and its calls to the session."""

    def __init__(self, clock: FakeLoop, *, closes_without_view: bool = True) -> None:
        self.clock = clock
        self.log = Log()
        self.log.add(BlockOpened("text"))
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.commands: list[Frame] = []
        self.left: list[str] = []
        self.patience: float | None = 30.0
        self.listening = True
        self.connection = Connection(
            self.log,
            clock,
            self._send,
            self.commands.append,
            self.left.append,  # type: ignore[arg-type]
            abandon_after=lambda: self.patience,
            was_listening=lambda _: self.listening,
            closes_without_view=closes_without_view,
        )

    def _send(self, wire: dict[str, Any]) -> None:
        self.sent.append((round(self.clock.now - 100, 3), wire))

    def write(self, text: str) -> None:
        self.log.add_text(text)
        self.connection.log_changed()

    def hear(self, frame: Frame) -> None:
        self.connection.receive(to_wire(frame))

    def text(self) -> str:
        return "".join(op.get("text", "") for _, wire in self.sent for op in wire.get("ops", []))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeLoop:
    clock = FakeLoop()
    monkeypatch.setattr(module, "clock", clock.time)
    monkeypatch.setattr(module, "_any_page_seen", False)
    module._sent_at.clear()
    return clock


@pytest.fixture
def room(clock: FakeLoop) -> Room:
    return Room(clock)


def test_the_first_token_goes_at_once_and_the_next_ones_together(room: Room, clock: FakeLoop) -> None:
    for _ in range(50):
        room.write("x")
        clock.turn(0.01)
    clock.turn(1)
    times = [at for at, _ in room.sent]
    assert times[0] == 0.0
    assert all(b - a >= TEXT_INTERVAL_SECONDS - 1e-6 for a, b in pairwise(times))
    assert len(times) == 3
    assert room.text() == "x" * 50


def test_a_frame_is_planned_once_for_all_the_text_in_it(room: Room, clock: FakeLoop) -> None:
    planned = []
    due_at = room.connection._outbox.due_at
    room.connection._outbox.due_at = lambda now: planned.append(now) or due_at(now)  # type: ignore[method-assign, func-returns-value]
    for _ in range(1_000):
        room.write("word ")
        clock.turn(0.001)
    assert len(room.sent) == 9
    assert len(planned) <= 4 * len(room.sent)
    for _ in range(100):
        room.write("x" * 1_000)
    clock.turn(1)
    planned.clear()
    room.write("The page paints nothing, so no frame is due.")
    assert planned == []


def test_text_that_comes_before_a_frame_is_in_it_although_it_is_read_late(room: Room, clock: FakeLoop) -> None:
    room.write("-")
    clock.turn(0)
    unread, waits = 0, []
    for _ in range(1_000):
        unread += 1
        waits.append(room.connection.slack_seconds())
        if waits[-1] <= 0:
            room.write("x" * unread)
            unread = 0
        clock.turn(0.001)
    came = 0
    for at, wire in room.sent:
        came += sum(len(op.get("text", "")) for op in wire["ops"])
        assert came >= (at - READ_LEAD_SECONDS) * 1_000
    assert len(room.sent) == 1 + 1 // TEXT_INTERVAL_SECONDS
    assert sum(wait > 0 for wait in waits) > 900


def test_a_planned_frame_comes_earlier_when_it_is_full_or_the_reply_ends(room: Room, clock: FakeLoop) -> None:
    room.write("x")
    clock.turn(0.05)
    room.write("y")
    clock.turn(0.05)
    room.write("z" * FULL_FRAME_CHARS)
    clock.turn(0.05)
    room.log.add(BlockClosed())
    room.connection.log_changed()
    clock.turn(1)
    assert [at for at, _ in room.sent] == [0.0, FRAME_INTERVAL_SECONDS, 2 * FRAME_INTERVAL_SECONDS]


def test_a_page_says_whether_it_is_hidden(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0, hidden=True))
    clock.turn(HIDDEN_INTERVAL_SECONDS)
    for _ in range(2):
        room.write("x")
        clock.turn(1)
    assert room.text() == "x"
    room.hear(Ack("p", 1, 1))
    clock.turn(0)
    assert room.text() == "xx"


def test_text_does_not_wait_for_a_planned_probe(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", room.log.seq))
    room.write("lost")
    clock.turn(0.5)
    room.write("late")
    clock.turn(0.01)
    assert room.text() == "lostlate"


def test_a_greeting_is_answered(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0))
    clock.turn(0)
    assert room.sent[0][1]["to"] == "p"


def test_a_message_that_is_no_frame_is_ignored(room: Room, clock: FakeLoop) -> None:
    for wire in (None, {"v": 99}, {"v": 1, "kind": "update", "base": 0, "seq": 0}):
        room.connection.receive(wire)
    clock.turn(0.2)
    assert room.commands == []


def test_a_stop_and_a_message_are_handed_on(room: Room) -> None:
    stop, prompt = Stop("p", "t2"), Prompt("p", "k", "Hello")
    room.hear(stop)
    room.hear(prompt)
    assert room.commands == [stop, prompt]


WISHES = [
    Prompt("p", "k", "Hello"),
    *(kind("p", "k", "t2") for kind in (Retry, Continue, Regenerate, Summarize, SelectVersion)),
    SelectModel("p", "k", "claude-haiku-4-5"),
    Stop("p", "t2"),
    Approve("p", "c1", True),
    *(kind("p", "k") for kind in (Withdraw, SendNow)),
]


@pytest.mark.parametrize("command", WISHES, ids=lambda command: command.tag)
def test_a_command_is_handed_on_as_often_as_it_comes(room: Room, command: Command) -> None:
    for _ in range(2):
        room.hear(command)
    assert room.commands == [command] * 2


def test_every_command_is_handed_on() -> None:
    assert {type(command) for command in WISHES} == set(get_args(Command))


def test_a_chat_without_its_last_view_is_abandoned_after_a_while(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0, views=1))
    room.hear(Ack("p", 0, views=0))
    clock.turn(NO_VIEW_SECONDS - 0.1)
    assert room.left == []
    clock.turn(0.2)
    assert room.left == ["closed"]


def test_where_a_cells_last_value_replaces_the_view_a_chat_is_not_closed_for_it(clock: FakeLoop) -> None:
    room = Room(clock, closes_without_view=False)
    room.hear(Resync("p", 0, views=1))
    room.hear(Ack("p", 0, views=0))
    clock.turn(NO_VIEW_SECONDS + 1)
    assert room.left == []


def test_a_view_that_comes_back_or_another_page_keeps_it(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0, views=1))
    room.hear(Ack("p", 0, views=0))
    clock.turn(0.1)
    room.hear(Ack("p", 0, views=1))
    room.hear(Resync("q", 0, views=1))
    room.hear(Ack("p", 0, views=0))
    clock.turn(60)
    assert room.left == []


def test_a_page_that_is_loaded_again_abandons_nothing_and_counts_no_more(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0, views=1))
    room.hear(Bye("p"))
    clock.turn(60)
    assert room.left == []
    room.hear(Resync("q", 0, views=1))
    room.hear(Ack("q", 0, views=0))
    clock.turn(60)
    assert room.left == ["closed"]


def test_many_chats_share_the_frames_that_one_kernel_may_send(clock: FakeLoop) -> None:
    rooms = [Room(clock) for _ in range(50)]
    for _ in range(200):
        for room in rooms:
            room.write("x")
        clock.turn(0.05)
    sent = sum(5 <= at <= 10 for room in rooms for at, _ in room.sent)
    assert sent <= 5 * MAX_FRAMES_PER_SECOND * 1.05
    clock.turn(5)
    assert all(room.text() == "x" * 200 for room in rooms)


def test_a_frame_that_cannot_be_sent_does_not_end_the_connection(
    room: Room, clock: FakeLoop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room.hear(Resync("p", room.log.seq))
    clock.turn(0)
    send = room.connection._send
    monkeypatch.setattr(room.connection, "_send", lambda _: 1 / 0)
    room.write("lost, ")
    clock.turn(1)
    monkeypatch.setattr(room.connection, "_send", send)
    room.write("and found")
    clock.turn(0.2)
    assert "and found" in room.text()
    assert "could not be sent" in caplog.text


def test_a_closed_connection_sends_nothing_more(room: Room, clock: FakeLoop) -> None:
    room.write("x")
    room.hear(Resync("p", 0, views=1))
    room.hear(Ack("p", 0, views=0))
    room.connection.close()
    room.write("y")
    clock.turn(60)
    assert room.sent == []
    assert room.left == []


def watched(room: Room, clock: FakeLoop, seconds: float) -> None:
    """Let a reply run without text for `seconds`."""
    room.connection.watch_presence()
    clock.turn(seconds)
    room.connection.unwatch_presence()


def questions(room: Room) -> list[float]:
    return [at for at, wire in room.sent if wire["base"] == wire["seq"]]


def test_a_silent_page_is_probed_and_then_counts_as_gone(room: Room, clock: FakeLoop) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    room.hear(Ack("p", 1, 1))
    clock.turn(29.9)
    assert room.left == []
    assert questions(room) == [10.0, 15.0, 20.0, 25.0]
    clock.turn(0.2)
    assert room.left == ["abandoned"]


def test_a_page_that_answers_is_present(room: Room, clock: FakeLoop) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    for _ in range(20):
        clock.turn(20)
        room.hear(Ack("p", 1, 1))
    assert room.left == []


def test_a_page_without_a_view_does_not_count(room: Room, clock: FakeLoop) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    room.hear(Resync("q", 0))
    for _ in range(4):
        clock.turn(9)
        room.hear(Ack("q", 1, 1, views=0))
    assert room.left[0] == "abandoned"


def test_where_no_page_was_ever_heard_none_is_missed(room: Room, clock: FakeLoop) -> None:
    watched(room, clock, 600)
    assert room.left == []
    assert questions(room) == []


def test_a_chat_that_none_of_the_connected_pages_shows_is_abandoned(room: Room, clock: FakeLoop) -> None:
    Room(clock).hear(Resync("p", 0))
    watched(room, clock, 31)
    assert room.left[0] == "abandoned"


def test_a_kernel_that_cannot_listen_draws_no_conclusion_from_silence(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0))
    room.listening = False
    room.connection.watch_presence()
    clock.turn(600)
    assert room.left == []
    room.listening = True
    clock.turn(29)
    assert room.left == []
    clock.turn(2)
    assert room.left[0] == "abandoned"


def test_the_last_page_that_says_goodbye_counts_as_gone_after_fifteen_seconds(room: Room, clock: FakeLoop) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    clock.turn(20)
    room.hear(Bye("p"))
    clock.turn(GOODBYE_SECONDS - 0.1)
    assert room.left == []
    clock.turn(0.2)
    assert room.left == ["abandoned"]


@pytest.mark.parametrize("back", ["another", "the same, which the browser had kept"])
def test_a_page_that_comes_back_after_its_goodbye_is_present(room: Room, clock: FakeLoop, back: str) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    room.hear(Bye("p"))
    clock.turn(GOODBYE_SECONDS - 1)
    page = "q" if back == "another" else "p"
    room.hear(Resync(page, 0))
    clock.turn(GOODBYE_SECONDS + 5)
    assert room.left == []
    room.hear(Ack(page, 1, 1))
    clock.turn(29)
    assert room.left == []


def test_a_frame_that_arrives_after_its_pages_goodbye_keeps_nothing_alive(room: Room, clock: FakeLoop) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    room.hear(Bye("p"))
    clock.turn(1)
    room.hear(Ack("p", 1, 1))
    clock.turn(GOODBYE_SECONDS)
    assert room.left[0] == "abandoned"


def test_a_goodbye_changes_nothing_while_another_page_shows_the_chat(room: Room, clock: FakeLoop) -> None:
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    room.hear(Resync("q", 0))
    room.hear(Bye("p"))
    clock.turn(29)
    assert room.left == []


def test_without_a_limit_a_goodbye_abandons_nothing(room: Room, clock: FakeLoop) -> None:
    room.patience = None
    room.connection.watch_presence()
    room.hear(Resync("p", 0))
    room.hear(Bye("p"))
    clock.turn(600)
    room.patience = 30.0
    clock.turn(29)
    assert room.left == []


def test_a_limit_of_none_never_abandons_a_reply(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0))
    room.patience = None
    watched(room, clock, 3600)
    assert room.left == []


def test_without_a_running_reply_no_page_is_needed(room: Room, clock: FakeLoop) -> None:
    room.hear(Resync("p", 0))
    watched(room, clock, 5)
    clock.turn(600)
    assert room.left == []


def test_a_resync_says_whether_the_page_writes_the_file(room: Room) -> None:
    assert room.connection.saved_by_page is None
    room.hear(Resync("server", 0, saves=False))
    assert room.connection.saved_by_page is False
    room.hear(Resync("page", 0, saves=True))
    room.hear(Bye("page"))
    # The page may be loaded again.
    assert room.connection.saved_by_page is True


def test_only_pages_that_write_the_file_are_told_from_others(room: Room) -> None:
    assert not room.connection.has_only_writers
    room.hear(Resync("p", 0, saves=True))
    assert room.connection.has_only_writers
    room.hear(Resync("q", 0))
    assert not room.connection.has_only_writers
    room.hear(Bye("q"))
    assert room.connection.has_only_writers
    room.hear(Ack("r", 0, 0))
    assert not room.connection.has_only_writers
