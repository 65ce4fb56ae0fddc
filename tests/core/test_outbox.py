"""Pacing and flow control of frames, and their delivery over a bad link."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from core.page import Page
from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.core.log import Log
from nbstream.core.ops import BlockClosed, BlockOpened, Op, TextAdded
from nbstream.core.outbox import (
    FRAME_INTERVAL_SECONDS,
    FULL_FRAME_CHARS,
    HIDDEN_INTERVAL_SECONDS,
    MAX_PROBES,
    TEXT_INTERVAL_SECONDS,
    Outbox,
)
from nbstream.core.page_state import HIGH_MARK_CHARS, LOW_MARK_CHARS, PROBE_AFTER_SECONDS
from nbstream.core.protocol import Ack, Frame, Resync, Update


@pytest.fixture
def log() -> Log:
    log = Log()
    log.add(BlockOpened("text"))
    return log


@pytest.fixture
def outbox(log: Log) -> Outbox:
    outbox = Outbox(log)
    outbox.due_frames(0.0)
    return outbox


def text_of(frames: list[Update]) -> str:
    return "".join(op.text for frame in frames for op in frame.ops if isinstance(op, TextAdded))


def test_the_first_text_after_a_pause_is_sent_at_once(log: Log, outbox: Outbox) -> None:
    log.add_text("Hello")
    assert outbox.due_at(5.0) == 5.0
    assert text_of(outbox.due_frames(5.0)) == "Hello"


def test_text_within_the_interval_waits_and_is_sent_in_one_frame(log: Log, outbox: Outbox) -> None:
    log.add_text("Hello")
    outbox.due_frames(5.0)
    log.add_text(", ")
    log.add_text("world")
    assert outbox.due_frames(5.35) == []
    assert outbox.due_at(5.35) == 5.0 + TEXT_INTERVAL_SECONDS
    [frame] = outbox.due_frames(5.0 + TEXT_INTERVAL_SECONDS)
    assert frame.ops == (TextAdded(", world"),)


def test_a_frame_full_of_text_waits_for_the_least_interval_only(log: Log, outbox: Outbox) -> None:
    log.add_text("Hello")
    outbox.due_frames(5.0)
    log.add_text("x" * (FULL_FRAME_CHARS - 1))
    assert outbox.due_at(5.0) == 5.0 + TEXT_INTERVAL_SECONDS
    log.add_text("x")
    assert outbox.due_at(5.0) == 5.0 + FRAME_INTERVAL_SECONDS
    assert outbox.due_frames(5.0 + FRAME_INTERVAL_SECONDS - 0.001) == []
    assert len(text_of(outbox.due_frames(5.0 + FRAME_INTERVAL_SECONDS))) == FULL_FRAME_CHARS


def test_an_op_that_is_no_text_takes_the_text_before_it_along(log: Log, outbox: Outbox) -> None:
    log.add_text("Hello")
    outbox.due_frames(5.0)
    log.add_text("world")
    log.add(BlockClosed())
    assert outbox.due_at(5.0) == 5.0 + FRAME_INTERVAL_SECONDS
    [frame] = outbox.due_frames(5.0 + FRAME_INTERVAL_SECONDS)
    assert frame.ops == (TextAdded("world"), BlockClosed())


def test_a_frame_of_nothing_but_text_has_no_time(log: Log) -> None:
    outbox = Outbox(log)
    log.add_text("Hello")
    [first] = outbox.due_frames(5.0)
    log.add_text("world")
    [text] = outbox.due_frames(6.0)
    assert (first.now, text.now) == (5.0, 0.0)


@pytest.mark.parametrize("chars_a_second", [10, 200, 800, 1_600, 8_000])
def test_text_is_sent_in_as_few_frames_as_its_speed_allows(log: Log, outbox: Outbox, chars_a_second: int) -> None:
    times, now = [], 10.0
    for step in range(2_000):
        now = 10.0 + step / 200
        log.add_text("x" * ((step + 1) * chars_a_second // 200 - step * chars_a_second // 200))
        for frame in outbox.due_frames(now):
            times.append(now)
            outbox.ack("a", frame.seq, frame.seq, now)
    gaps = [b - a for a, b in pairwise(times)]
    assert min(gaps) >= FRAME_INTERVAL_SECONDS - 1e-6
    expected = {10: 2.8, 200: 2.8, 800: 2.8, 1_600: 3.33, 8_000: 8.0}[chars_a_second]
    assert len(times) / 10 == pytest.approx(expected, rel=0.05)


def test_hidden_pages_get_a_frame_in_five_seconds_and_the_end_at_once(log: Log, outbox: Outbox) -> None:
    for page in ("a", "b"):
        outbox.resync(page, log.seq, 1.0)
        outbox.set_hidden(page, True)
    outbox.due_frames(1.0)
    log.add_text("Hello")
    outbox.due_frames(5.0)
    log.add_text("x" * FULL_FRAME_CHARS)
    assert outbox.due_at(5.0) == 5.0 + HIDDEN_INTERVAL_SECONDS
    log.add(BlockClosed())
    assert outbox.due_at(5.0) == 5.0 + FRAME_INTERVAL_SECONDS
    outbox.due_frames(6.0)
    log.add_text("x" * LOW_MARK_CHARS)
    assert outbox.due_at(6.0) == 6.0 + FRAME_INTERVAL_SECONDS


def test_one_page_in_sight_is_enough_for_the_usual_pace(log: Log, outbox: Outbox) -> None:
    for page in ("hidden", "seen"):
        outbox.resync(page, log.seq, 1.0)
        outbox.set_hidden(page, page == "hidden")
    outbox.due_frames(1.0)
    log.add_text("Hello")
    outbox.due_frames(5.0)
    log.add_text("world")
    assert outbox.due_at(5.0) == 5.0 + TEXT_INTERVAL_SECONDS
    outbox.forget("seen")
    assert outbox.due_at(5.0) == 5.0 + HIDDEN_INTERVAL_SECONDS
    outbox.set_hidden("hidden", False)
    assert outbox.due_at(5.0) == 5.0 + TEXT_INTERVAL_SECONDS


def test_nothing_to_send_is_never_due(outbox: Outbox) -> None:
    assert outbox.due_at(9.0) is None
    assert outbox.due_frames(9.0) == []


def test_the_kernel_sends_before_any_page_has_sent_its_id(log: Log, outbox: Outbox) -> None:
    log.add_text("x")
    [frame] = outbox.due_frames(1.0)
    assert frame.to is None


PIECES = st.lists(st.sampled_from([1, 7, FULL_FRAME_CHARS - 7, HIGH_MARK_CHARS]), max_size=8)


@given(PIECES, PIECES, st.floats(min_value=0.0, max_value=1.0), st.booleans())
def test_text_brings_a_frame_forward_only_from_the_position_that_the_outbox_names(
    sent: list[int], added: list[int], now: float, is_hidden: bool
) -> None:
    log = Log()
    outbox = Outbox(log)
    outbox.resync("a", 0, 0.0)
    outbox.set_hidden("a", is_hidden)
    outbox.due_frames(0.0)
    for chars in sent:
        log.add_text("x" * chars)
    outbox.due_frames(0.5)
    for chars in added:
        due, limit = outbox.due_at(now), outbox.sooner_from()
        log.add_text("x" * chars)
        if log.seq < limit:
            assert outbox.due_at(now) == due


def test_text_may_come_later_until_a_frame_could_have_it(log: Log, outbox: Outbox) -> None:
    assert outbox.no_text_before(FRAME_INTERVAL_SECONDS / 2) == FRAME_INTERVAL_SECONDS
    later = FRAME_INTERVAL_SECONDS + 0.01
    assert outbox.no_text_before(later) == TEXT_INTERVAL_SECONDS
    log.add_text("x" * FULL_FRAME_CHARS)
    assert outbox.no_text_before(later) == FRAME_INTERVAL_SECONDS
    log.add_text("x" * HIGH_MARK_CHARS)
    outbox.due_frames(later)
    assert outbox.no_text_before(later + 1.0) == float("inf")


def test_above_the_high_mark_nothing_is_sent_until_below_the_low_mark(log: Log, outbox: Outbox) -> None:
    outbox.resync("a", log.seq, 1.0)
    outbox.ack("a", log.seq, log.seq, 1.0)
    outbox.due_frames(1.0)
    log.add_text("x" * (HIGH_MARK_CHARS * 2))
    assert len(text_of(outbox.due_frames(2.0))) == HIGH_MARK_CHARS
    outbox.ack("a", LOW_MARK_CHARS, HIGH_MARK_CHARS + 1, 3.0)
    assert outbox.due_frames(3.0) == []
    outbox.ack("a", LOW_MARK_CHARS + 1, HIGH_MARK_CHARS + 1, 4.0)
    assert len(text_of(outbox.due_frames(4.0))) == HIGH_MARK_CHARS - LOW_MARK_CHARS


def test_a_page_that_joins_late_gets_everything_in_a_frame_of_its_own(log: Log, outbox: Outbox) -> None:
    log.add_text("Hello")
    outbox.due_frames(1.0)
    outbox.resync("late", 0, 2.0)
    [frame] = outbox.due_frames(2.0)
    assert (frame.to, frame.base, frame.seq) == ("late", 0, log.seq)
    assert frame.ops == (BlockOpened("text"), TextAdded("Hello"))


def test_a_resync_is_answered_even_when_there_is_nothing_to_send(outbox: Outbox, log: Log) -> None:
    outbox.resync("a", log.seq, 2.0)
    assert outbox.due_frames(2.0) == [Update(log.seq, log.seq, 2.0, (), "a")]


def test_the_answer_to_a_resync_names_the_best_way_since_then(outbox: Outbox) -> None:
    # An earlier server may have let another way through.
    outbox.ack("a", 0, 1, 1.0, "control")
    outbox.resync("a", 1, 2.0, "comm")
    [answer] = outbox.due_frames(2.0)
    assert answer.via == "comm"
    outbox.resync("a", 1, 3.0, "comm")
    outbox.resync("a", 1, 3.0, "control")
    outbox.ack("a", 1, 1, 3.0, "comm")
    [answer] = outbox.due_frames(3.0)
    assert answer.via == "control"
    outbox.resync("a", 1, 4.0)
    [answer] = outbox.due_frames(4.0)
    assert answer.via is None


def test_a_slow_page_does_not_delay_a_fast_one(log: Log, outbox: Outbox) -> None:
    for page in ("slow", "fast"):
        outbox.resync(page, log.seq, 1.0)
    outbox.due_frames(1.0)
    total, now = "", 2.0
    for _ in range(10):
        log.add_text("x" * (HIGH_MARK_CHARS // 2))
        frames = [frame for frame in outbox.due_frames(now) if frame.to in (None, "fast")]
        total += text_of(frames)
        outbox.ack("fast", frames[-1].seq, frames[-1].seq, now)
        now += FRAME_INTERVAL_SECONDS
    assert len(total) == HIGH_MARK_CHARS // 2 * 10
    outbox.ack("slow", log.seq, log.seq, now)
    assert outbox.due_at(now) is None


def test_a_page_that_left_is_forgotten(log: Log, outbox: Outbox) -> None:
    outbox.resync("a", 0, 1.0)
    outbox.forget("a")
    assert outbox.due_frames(1.0) == []
    outbox.forget("a")


def test_a_silent_page_is_probed_less_and_less_often_and_then_forgotten(log: Log, outbox: Outbox) -> None:
    outbox.resync("a", log.seq, 0.0)
    outbox.due_frames(FRAME_INTERVAL_SECONDS)
    log.add_text("lost")
    sent = TEXT_INTERVAL_SECONDS
    outbox.due_frames(sent)
    probed = []
    while (due := outbox.due_at(sent)) is not None:
        for probe in outbox.due_frames(due):
            assert probe == Update(log.seq, log.seq, due, (), "a")
            probed.append(due)
        sent = sent if outbox.pages else due
    assert probed == [TEXT_INTERVAL_SECONDS + PROBE_AFTER_SECONDS * 2**n for n in range(MAX_PROBES)]
    assert outbox.pages == {}


def test_a_ping_probes_all_pages_at_once(log: Log, outbox: Outbox) -> None:
    outbox.resync("a", 0, 0.0)
    outbox.due_frames(0.0)
    assert outbox.ping(1.0) == [Update(log.seq, log.seq, 1.0)]


def test_a_page_that_is_sent_frames_is_not_probed(log: Log, outbox: Outbox) -> None:
    outbox.resync("a", log.seq, 0.0)
    outbox.due_frames(FRAME_INTERVAL_SECONDS)
    for second in range(1, 10):
        log.add_text("x")
        assert [frame.to for frame in outbox.due_frames(float(second))] == [None]


def test_a_page_that_has_everything_and_paints_nothing_is_not_probed(log: Log, outbox: Outbox) -> None:
    log.add_text("behind another tab")
    outbox.due_frames(1.0)
    outbox.ack("a", 0, log.seq, 1.5)
    assert outbox.due_at(2.0) is None


def test_a_resync_beyond_the_end_of_the_log_counts_as_one_at_the_end(log: Log, outbox: Outbox) -> None:
    outbox.resync("a", 10_000, 1.0)
    assert outbox.due_frames(1.0) == [Update(log.seq, log.seq, 1.0, (), "a")]


class Link:
    """A broadcast that loses, duplicates and delays frames in both directions, by a seed."""

    def __init__(self, seed: int, loss: float) -> None:
        self.random = Random(seed)
        self.loss = loss
        self.log = Log()
        self.outbox = Outbox(self.log)
        self.pages: list[Page] = []
        self.down: list[tuple[float, Page, Update]] = []
        self.up: list[tuple[float, Frame]] = []
        self.now = 0.0

    def _arrival_times(self) -> list[float]:
        if self.random.random() < self.loss:
            return []
        copies = 2 if self.random.random() < self.loss / 4 else 1
        return [self.now + self.random.expovariate(10) for _ in range(copies)]

    def send_up(self, frames: list[Frame]) -> None:
        self.up += [(at, frame) for frame in frames for at in self._arrival_times()]

    def step(self, seconds: float) -> None:
        self.now += seconds
        for at, frame in sorted(self.up, key=lambda item: item[0]):
            if at <= self.now:
                self.up.remove((at, frame))
                if isinstance(frame, Ack):
                    self.outbox.ack(frame.page, frame.seq, frame.received, self.now)
                elif isinstance(frame, Resync):
                    self.outbox.resync(frame.page, frame.seq, self.now)
        for frame in self.outbox.due_frames(self.now):
            self.down += [(at, page, frame) for page in self.pages for at in self._arrival_times()]
        for item in sorted(self.down, key=lambda item: item[0]):
            at, page, frame = item
            if at <= self.now:
                self.down.remove(item)
                page.receive(frame)
        for page in self.pages:
            if not page.name.endswith("slow") or self.random.random() < 0.1:
                page.paint(self.now)
            self.send_up(page.tick(self.now))

    def run(self, pieces: list[str | Op], joins: set[int]) -> None:
        for index, piece in enumerate(pieces):
            if index in joins:
                self.pages.append(Page(f"p{index}" + self.random.choice(["", "-slow"])))
            if isinstance(piece, str):
                self.log.add_text(piece)
            else:
                self.log.add(piece)
            self.step(self.random.choice([0.01, 0.05, 0.2]))
            assert all(page.position - page.painted <= HIGH_MARK_CHARS for page in self.pages)
        self.loss = 0.0
        for _ in range(600):
            self.step(0.2)


OPS: list[str | Op] = [BlockOpened("text")]
PIECES = st.lists(
    st.one_of(st.text(min_size=1), st.just("long " * 3000), st.sampled_from(OPS)), min_size=1, max_size=40
)


@settings(max_examples=150, deadline=None)
@given(pieces=PIECES, seed=st.integers(0, 2**32), loss=st.sampled_from([0.0, 0.1, 0.5, 0.9]), data=st.data())
def test_every_page_ends_with_exactly_the_kernels_text(
    pieces: list[str | Op], seed: int, loss: float, data: st.DataObject
) -> None:
    joins = data.draw(st.sets(st.integers(0, len(pieces) - 1), max_size=4)) | {0}
    link = Link(seed, loss)
    link.run(pieces, joins)
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    opened = sum(isinstance(piece, BlockOpened) for piece in pieces)
    for page in link.pages:
        assert page.text() == text
        assert sum(isinstance(op, BlockOpened) for op in page.ops) == opened
        assert page.painted == page.position == link.log.seq
    assert link.outbox.due_at(link.now) is None


def test_the_page_shows_a_frame_piece_by_piece_as_often_as_frames_come() -> None:
    source = (Path(__file__).parents[2] / "js/src/core/text-spread.ts").read_text("utf-8")
    figures = {name: int(value.replace("_", "")) for name, value in re.findall(r"const (\w+) = ([\d_]+);", source)}
    assert figures["PIECE_INTERVAL_MS"] == round(FRAME_INTERVAL_SECONDS * 1000)
    assert figures["MAX_PIECES"] == round(TEXT_INTERVAL_SECONDS / FRAME_INTERVAL_SECONDS)
    # A frame of the page's fastest spread text is not taken for one of a page that is behind.
    assert figures["FAST_CHARS"] > 2 * FULL_FRAME_CHARS
