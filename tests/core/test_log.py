"""Reading of the log from any position, however the text was split into pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.log import MERGE_BELOW_CHARS, Log
from nbstream.core.ops import BlockOpened, Op, TextAdded, TurnOpened

PIECES = st.lists(st.one_of(st.text(), st.just(None), st.just("x" * MERGE_BELOW_CHARS)))


def filled(pieces: list[str | None], read_after: set[int] = frozenset()) -> Log:
    log = Log()
    for index, piece in enumerate(pieces):
        if piece is None:
            log.add(BlockOpened("text"))
        else:
            log.add_text(piece)
        if index in read_after:
            log.read_from(0, log.seq)
    return log


def flat(ops: tuple[Op, ...]) -> list[str | None]:
    """Split ops into the units that a position counts: single characters and single ops."""
    return [item for op in ops for item in (op.text if isinstance(op, TextAdded) else [None])]


@given(PIECES, st.sets(st.integers(0, 20)))
def test_reading_does_not_depend_on_the_pieces_nor_on_earlier_reads(
    pieces: list[str | None], read_after: set[int]
) -> None:
    log = filled(pieces, read_after)
    ops, end = log.read_from(0, log.seq)
    assert end == log.seq
    assert flat(ops) == [item for piece in pieces for item in ([None] if piece is None else piece)]


@given(PIECES, st.data())
def test_two_adjacent_reads_return_the_same_as_one_read(pieces: list[str | None], data: st.DataObject) -> None:
    log = filled(pieces)
    position = data.draw(st.integers(0, log.seq))
    first, middle = log.read_from(0, position)
    rest, end = log.read_from(middle, log.seq)
    assert (middle, end) == (position, log.seq)
    assert flat(first) + flat(rest) == flat(log.read_from(0, log.seq)[0])


@given(PIECES)
def test_adjacent_text_is_joined(pieces: list[str | None]) -> None:
    ops, _ = filled(pieces).read_from(0, 10**9)
    neighbours = pairwise(ops)
    assert not any(isinstance(a, TextAdded) and isinstance(b, TextAdded) for a, b in neighbours)


def test_a_long_answer_has_one_entry_for_each_merged_length() -> None:
    log = filled(["ab"] * MERGE_BELOW_CHARS * 4, read_after=set(range(0, MERGE_BELOW_CHARS * 4, 50)))
    log.read_from(0, 1)
    assert len(log._ops) <= 2 * 4 + 1


def test_the_ops_before_a_position_are_returned_as_they_are_stored() -> None:
    log = Log()
    opened = [TurnOpened("t1", "user"), BlockOpened("text")]
    for op in opened:
        log.add(op)
    log.add_text("Hello")
    assert log.ops_before(0) == []
    assert log.ops_before(2) == opened
    for position in (3, 7):
        assert log.ops_before(position) == [*opened, TextAdded("Hello")]


def test_the_position_of_the_latest_op_of_a_kind_is_found() -> None:
    log = Log()
    assert log.last_position(TurnOpened) == 0
    for turn in ("t1", "t2"):
        log.add(TurnOpened(turn, "user"))
        log.add_text("Hello")
    assert log.last_position(TurnOpened) == 6
    assert log.last_position(BlockOpened) == 0
