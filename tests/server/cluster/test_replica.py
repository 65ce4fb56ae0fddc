"""A stream of another worker: the same log from any pieces, its clock, its readers and its owner's death."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.codec import op_to_wire, to_wire
from nbstream.core.log import Log
from nbstream.core.ops import (
    BlockClosed,
    BlockOpened,
    Op,
    Queued,
    ReplyStatusChanged,
    Status,
    TextAdded,
    TurnOpened,
    Unqueued,
)
from nbstream.core.protocol import Ack, Approve, Prompt, ProtocolError
from nbstream.kernel.event_loop import clock
from nbstream.server.cluster.replica import LOST, ReplicaStream
from nbstream.server.streams import command_checks as wanted
from nbstream.server.streams.command_checks import QUEUED

OPS: list[Op] = [TurnOpened("t1", "assistant"), ReplyStatusChanged(Status.WAITING), BlockOpened("text")]
ABOUT = {"worker": "w", "stem": "a-1", "caller": "ada", "start": 2, "resume_for": 30.0, "ahead": 100.0,
         "goes_on": True, "longest": 20}  # fmt: skip


class Room:
    """A mirror, and what it had brought."""

    def __init__(self, **about: Any) -> None:
        self.ahead = 90.0
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.followed: list[bool] = []
        self.mirror = ReplicaStream("id", {**ABOUT, **about}, self)

    def follow(self, mirror: ReplicaStream) -> None:
        self.followed.append(True)

    def leave(self, mirror: ReplicaStream) -> None:
        self.followed.append(False)

    def tell(self, worker: str, /, **command: Any) -> None:
        self.told.append((worker, command))

    @property
    def ops(self) -> tuple[Op, ...]:
        return self.mirror.growing.log.since(0, 10**9)[0]


def filled(ops: list[Op]) -> Log:
    log = Log()
    for op in ops:
        log.add_text(op.text) if isinstance(op, TextAdded) else log.add(op)
    return log


def page(log: Log, place: int, after: int, **more: Any) -> dict[str, Any]:
    ops = log.since(place, after - place)[0]
    return {"from": place, "ops": [op_to_wire(op) for op in ops], **more}


some_ops = st.lists(
    st.one_of(
        st.builds(TextAdded, st.text(min_size=1, max_size=9)),
        st.sampled_from([BlockOpened("text"), BlockClosed(1.0), ReplyStatusChanged(Status.STREAMING)]),
    ),
    max_size=12,
)


@given(some_ops, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=9))
def test_pages_that_overlap_and_come_twice_make_the_same_log(ops: list[Op], pages: list[tuple[int, int]]) -> None:
    log, room = filled([*OPS, *ops]), Room()
    for back, on in [*pages, (0, log.seq)]:
        place = room.mirror.growing.log.seq
        begin = max(0, place - back)
        end = min(log.seq, begin + on)
        room.mirror.take(page(log, begin, end))
        assert room.mirror.entry == f"{max(place, end)}-0"
    assert room.ops == log.since(0, log.seq)[0]
    assert not room.mirror.growing.ended
    room.mirror.take(page(log, log.seq, log.seq, ended=True))
    assert room.mirror.growing.ended


def test_a_page_for_a_later_place_is_not_taken() -> None:
    log, room = filled(OPS), Room()
    room.mirror.take(page(log, 1, 3))
    assert room.ops == ()


def test_what_is_no_op_here_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        Room().mirror.take({"from": 0, "ops": [{"op": "of another version"}]})


def test_its_clock_is_its_owners() -> None:
    before = clock()
    assert before - 10.0 <= Room().mirror.now() <= clock() - 10.0


def test_it_is_followed_while_somebody_reads() -> None:
    room = Room()
    room.mirror.attach()
    room.mirror.attach()
    room.mirror.detach()
    assert room.followed == [True]
    room.mirror.detach()
    assert room.followed == [True, False]


def test_what_its_readers_want_is_told_to_its_owner() -> None:
    room = Room()
    wish = to_wire(Approve("page", "call", True))
    # What is sent beside it goes no further.
    room.mirror.hear({**wish, "more": [[[]]]})
    room.mirror.stop()
    assert room.told == [
        ("w", {"do": "hear", "id": "id", "caller": "ada", "frame": wish}),
        ("w", {"do": "stop", "id": "id", "caller": "ada"}),
    ]
    with pytest.raises(ProtocolError, match="a page sends wishes here"):
        room.mirror.hear(to_wire(Ack("page", 1)))
    assert len(room.told) == 2


def test_what_its_owner_would_refuse_is_refused_here_and_what_it_has_heard_goes_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room()
    heard = [op for number in range(QUEUED) for op in (Queued(f"k{number}", "x"), Queued(f"g{number}", "x"))]
    room.mirror.take(page(filled(heard), 0, 2 * QUEUED))
    room.mirror.take({"from": 2 * QUEUED, "ops": [op_to_wire(Unqueued(f"g{number}")) for number in range(QUEUED)]})
    for key in ("k1", "g1"):
        room.mirror.hear(to_wire(Prompt("page", key, "x")))
    for prompt, said in (("x" * 21, "21 characters"), ("x", "10 messages wait")):
        with pytest.raises(ProtocolError, match=said):
            room.mirror.hear(to_wire(Prompt("page", "k", prompt)))
    assert room.told == []
    monkeypatch.setattr(wanted, "REQUEST_BYTES", 30)
    large = Room()
    for key in ("k", "k", "g"):
        large.mirror.hear(to_wire(Prompt("page", key, "x" * 15)))
    with pytest.raises(ProtocolError, match="as large as a request may be"):
        large.mirror.hear(to_wire(Prompt("page", "h", "x")))
    assert len(large.told) == 3
    once = Room(goes_on=False)
    with pytest.raises(ProtocolError, match="open a chat"):
        once.mirror.hear(to_wire(Prompt("page", "k", "x")))


def test_a_reply_that_ran_when_its_owner_died_has_failed() -> None:
    room = Room()
    room.mirror.take(page(filled([*OPS, TextAdded("Hel")]), 0, 6))
    room.mirror.lose()
    room.mirror.lose()
    closed, moved = room.ops[-2:]
    assert isinstance(closed, BlockClosed)
    assert isinstance(moved, ReplyStatusChanged)
    assert (moved.status, moved.error, moved.at) == (Status.FAILED, LOST, pytest.approx(clock() - 10, abs=1))
    assert len(room.ops) == 6
    assert room.mirror.growing.ended


@pytest.mark.parametrize("ops", [[], [*OPS, BlockClosed(), ReplyStatusChanged(Status.DONE)]])
def test_where_nothing_ran_nothing_has_failed(ops: list[Op]) -> None:
    room = Room()
    room.mirror.take(page(filled(ops), 0, len(ops)))
    room.mirror.lose()
    assert list(room.ops) == ops
    assert room.mirror.growing.ended
