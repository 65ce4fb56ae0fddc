"""Conversion of ops to events for any client; the page's tests read the same fixture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.codec import op_from_wire
from nbstream.core.log import Log
from nbstream.core.ops import BlockClosed, BlockOpened, Op, ReplyStatusChanged, Status, TextAdded, TurnOpened
from nbstream.core.sse_events import EventConverter, encode_event

CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "sse_events.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_ops_become_the_events_of_the_fixture(case: dict[str, Any]) -> None:
    ops = [op_from_wire(op) for op in case["ops"]]
    assert [[position, event] for position, event in EventConverter().convert(ops, 0)] == case["events"]


def log_of(pieces: list[str]) -> Log:
    """A question, thinking and an answer, the answer in these pieces."""
    log = Log()
    for op in (TurnOpened("t1", "user"), BlockOpened("text")):
        log.add(op)
    log.add_text("What?")
    log.add(BlockClosed())
    for op in (TurnOpened("t2", "assistant"), ReplyStatusChanged(Status.WAITING), BlockOpened("thinking")):
        log.add(op)
    log.add_text("Hm.")
    for op in (BlockClosed(), BlockOpened("text")):
        log.add(op)
    for piece in pieces:
        log.add_text(piece)
    log.add(ReplyStatusChanged(Status.DONE, stop_reason="end_turn"))
    return log


def texts(log: Log, *positions: int) -> dict[str, str]:
    """Join the texts of each key, for a client that lost its connection at these positions and resumed."""
    joined: dict[str, str] = {}
    for begin, end in zip((0, *positions), (*positions, log.seq), strict=True):
        before, _ = log.read_from(0, begin)
        ops, _ = log.read_from(begin, end - begin)
        for _, event in EventConverter(before).convert(ops, begin):
            for key, value in event.items():
                if key in ("said", "thinking", "text"):
                    joined[key] = joined.get(key, "") + value
    return joined


@given(st.lists(st.text(min_size=1), min_size=1), st.lists(st.integers(0, 10_000)))
def test_a_client_that_resumes_anywhere_reads_the_same_text(pieces: list[str], cuts: list[int]) -> None:
    log = log_of(pieces)
    positions = sorted(cut % (log.seq + 1) for cut in cuts)
    assert texts(log, *positions) == {"said": "What?", "thinking": "Hm.", "text": "".join(pieces)}


DATA = st.dictionaries(st.sampled_from(["text", "error", "done"]), st.text(), max_size=2)
OPS = [
    st.builds(ReplyStatusChanged, status=st.sampled_from(sorted(set(Status) - {Status.FAILED})), error=st.none()),
    st.builds(ReplyStatusChanged, status=st.just(Status.FAILED), error=st.text()),
    st.builds(BlockOpened, type=st.sampled_from(["text", "thinking", "tool_use", "new"]), data=DATA),
    st.builds(BlockClosed, data=DATA),
    *(st.builds(kind) for kind in get_args(Op) if kind not in (ReplyStatusChanged, BlockOpened, BlockClosed)),
]


@given(st.lists(st.one_of(OPS)))
def test_the_three_keys_that_clients_know_occur_in_no_other_event(ops: list[Op]) -> None:
    converter = EventConverter()
    role = type_ = ""
    for op in ops:
        role = op.role if isinstance(op, TurnOpened) else role
        type_ = op.type if isinstance(op, BlockOpened) else type_
        [(_, event)] = converter.convert([op], 0)
        answers = isinstance(op, TextAdded) and role in ("", "assistant") and type_ == "text"
        status = op.status if isinstance(op, ReplyStatusChanged) else None
        assert ("text" in event) == answers
        assert ("done" in event) == (status in (Status.DONE, Status.STOPPED))
        assert ("error" in event) == (status is Status.FAILED)


def test_the_position_after_the_last_event_is_the_end_of_the_log() -> None:
    log = log_of(["Hello", " world"])
    ops, end = log.read_from(0, log.seq)
    assert list(EventConverter().convert(ops, 0))[-1][0] == end == log.seq


def test_an_event_is_two_lines_whatever_its_text_holds() -> None:
    data = encode_event({"text": "a\r\n\n:b é"}, "s-7")
    assert data == 'id: s-7\ndata: {"text":"a\\r\\n\\n:b é"}\n\n'.encode()


def test_half_a_character_does_not_break_the_stream() -> None:
    assert encode_event({"text": "a\ud800"}, "s-7") == b'id: s-7\ndata: {"text":"a?"}\n\n'


@given(st.text())
def test_python_splits_an_event_into_two_lines(text: str) -> None:
    lines = encode_event({"text": text}, "s-7").decode().splitlines()
    assert (lines[0], lines[2:]) == ("id: s-7", [""])
    assert json.loads(lines[1].removeprefix("data: ")) == {"text": text}
