"""Replica of another worker's stream: its log from any batches, its clock, its readers and its owner's death."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.codec import op_to_wire, to_wire
from nbstream.core.command_frames import Approve, Prompt
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
from nbstream.core.protocol import Ack, Bye, ProtocolError
from nbstream.kernel.event_loop import clock
from nbstream.server.cluster.replica import OWNER_LOST, ReplicaStream
from nbstream.server.cluster.workers import Action
from nbstream.server.streams import command_checks
from nbstream.server.streams.command_checks import MAX_QUEUED

OPS: list[Op] = [TurnOpened("t1", "assistant"), ReplyStatusChanged(Status.WAITING), BlockOpened("text")]
INFO = {
    "owner": "w",
    "event_prefix": "a-1",
    "caller": "ada",
    "start_position": 2,
    "resume_for_seconds": 30.0,
    "is_chat": True,
    "max_message_chars": 20,
    "clock_offset": 100.0,
}


class ReplicaFixture:
    """A replica, and a record of its calls.

    Attributes:
        commands: The receiver, action and data of each command that was sent.
        subscriptions: Whether the replica had readers, for each change.
    """

    def __init__(self, **info: Any) -> None:
        self.clock_offset = 90.0
        self.commands: list[tuple[str, Action, dict[str, Any]]] = []
        self.subscriptions: list[bool] = []
        self.replica = ReplicaStream(
            "id",
            {**INFO, **info},
            self,  # type: ignore[arg-type]
            lambda replica: self.subscriptions.append(replica.readers > 0),
        )

    def enqueue(self, worker: str, action: Action, **data: Any) -> None:
        self.commands.append((worker, action, data))

    @property
    def ops(self) -> tuple[Op, ...]:
        return self.replica.feed.log.read_from(0, 10**9)[0]


def log_of(ops: list[Op]) -> Log:
    log = Log()
    for op in ops:
        log.add_text(op.text) if isinstance(op, TextAdded) else log.add(op)
    return log


def batch(log: Log, position: int, after: int, **more: Any) -> dict[str, Any]:
    """The batch of a log between two positions, as its owner publishes it."""
    ops = log.read_from(position, after - position)[0]
    return {"from": position, "ops": [op_to_wire(op) for op in ops], **more}


some_ops = st.lists(
    st.one_of(
        st.builds(TextAdded, st.text(min_size=1, max_size=9)),
        st.sampled_from([BlockOpened("text"), BlockClosed(1.0), ReplyStatusChanged(Status.STREAMING)]),
    ),
    max_size=12,
)


@given(some_ops, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=9))
def test_batches_that_overlap_and_come_twice_make_the_same_log(
    ops: list[Op], steps: list[tuple[int, int]]
) -> None:
    log, fixture = log_of([*OPS, *ops]), ReplicaFixture()
    for back, on in [*steps, (0, log.seq)]:
        position = fixture.replica.feed.log.seq
        begin = max(0, position - back)
        end = min(log.seq, begin + on)
        fixture.replica.apply(batch(log, begin, end))
        assert fixture.replica.last_entry == f"{max(position, end)}-0"
    assert fixture.ops == log.read_from(0, log.seq)[0]
    assert not fixture.replica.feed.is_closed
    fixture.replica.apply(batch(log, log.seq, log.seq, ended=True))
    assert fixture.replica.feed.is_closed


def test_a_batch_from_a_later_position_is_not_applied() -> None:
    log, fixture = log_of(OPS), ReplicaFixture()
    fixture.replica.apply(batch(log, 1, 3))
    assert fixture.ops == ()


def test_an_unknown_op_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        ReplicaFixture().replica.apply({"from": 0, "ops": [{"op": "of another version"}]})


def test_its_clock_is_that_of_its_owner() -> None:
    before = clock()
    assert before - 10.0 <= ReplicaFixture().replica.now() <= clock() - 10.0


def test_it_is_subscribed_while_it_has_readers() -> None:
    fixture = ReplicaFixture()
    fixture.replica.attach()
    fixture.replica.attach()
    fixture.replica.detach()
    assert fixture.subscriptions == [True]
    fixture.replica.detach()
    assert fixture.subscriptions == [True, False]


def test_commands_of_its_readers_go_to_its_owner() -> None:
    fixture = ReplicaFixture()
    command = to_wire(Approve("page", "call", True))
    # Unknown fields of the frame go no further.
    fixture.replica.handle_command({**command, "more": [[[]]]})
    fixture.replica.stop()
    assert fixture.commands == [
        ("w", Action.PAGE_COMMAND, {"id": "id", "caller": "ada", "frame": command}),
        ("w", Action.STOP, {"id": "id", "caller": "ada"}),
    ]
    with pytest.raises(ProtocolError, match="'ack' is not a command"):
        fixture.replica.handle_command(to_wire(Ack("page", 1)))
    assert len(fixture.commands) == 2


def test_the_goodbye_of_a_page_goes_to_its_owner() -> None:
    fixture = ReplicaFixture()
    fixture.replica.handle_command(to_wire(Bye("p")))
    [(owner, action, data)] = fixture.commands
    assert (owner, action, data["frame"]) == ("w", Action.PAGE_COMMAND, to_wire(Bye("p")))


def test_a_command_that_its_owner_would_reject_or_has_received_goes_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fixture = ReplicaFixture()
    queued = [op for number in range(MAX_QUEUED) for op in (Queued(f"k{number}", "x"), Queued(f"g{number}", "x"))]
    fixture.replica.apply(batch(log_of(queued), 0, 2 * MAX_QUEUED))
    fixture.replica.apply(
        {"from": 2 * MAX_QUEUED, "ops": [op_to_wire(Unqueued(f"g{number}")) for number in range(MAX_QUEUED)]}
    )
    for key in ("k1", "g1"):
        fixture.replica.handle_command(to_wire(Prompt("page", key, "x")))
    for prompt, error in (("x" * 21, "21 characters"), ("x", "10 messages wait")):
        with pytest.raises(ProtocolError, match=error):
            fixture.replica.handle_command(to_wire(Prompt("page", "k", prompt)))
    assert fixture.commands == []
    monkeypatch.setattr(command_checks, "MAX_REQUEST_BYTES", 30)
    large = ReplicaFixture()
    for key in ("k", "k", "g"):
        large.replica.handle_command(to_wire(Prompt("page", key, "x" * 15)))
    with pytest.raises(ProtocolError, match="as large as a request may be"):
        large.replica.handle_command(to_wire(Prompt("page", "h", "x")))
    assert len(large.commands) == 3
    once = ReplicaFixture(is_chat=False)
    with pytest.raises(ProtocolError, match="open a chat"):
        once.replica.handle_command(to_wire(Prompt("page", "k", "x")))


def test_a_reply_that_ran_when_its_owner_died_has_failed() -> None:
    fixture = ReplicaFixture()
    fixture.replica.apply(batch(log_of([*OPS, TextAdded("Hel")]), 0, 6))
    fixture.replica.mark_lost()
    fixture.replica.mark_lost()
    closed, changed = fixture.ops[-2:]
    assert isinstance(closed, BlockClosed)
    assert isinstance(changed, ReplyStatusChanged)
    assert (changed.status, changed.error, changed.at) == (
        Status.FAILED,
        OWNER_LOST,
        pytest.approx(clock() - 10, abs=1),
    )
    assert len(fixture.ops) == 6
    assert fixture.replica.feed.is_closed


@pytest.mark.parametrize("ops", [[], [*OPS, BlockClosed(), ReplyStatusChanged(Status.DONE)]])
def test_without_a_running_reply_nothing_has_failed(ops: list[Op]) -> None:
    fixture = ReplicaFixture()
    fixture.replica.apply(batch(log_of(ops), 0, len(ops)))
    fixture.replica.mark_lost()
    assert list(fixture.ops) == ops
    assert fixture.replica.feed.is_closed
