"""A conversation that was recorded and restored is the same conversation."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.core.ops import BlockClosed, BlockOpened, CallStatusChanged, ReplyStatusChanged, Status
from nbstream.core.saved.restored_turns import restore_turns
from nbstream.core.saved.turn_records import LOST_REPLY, read_turns, record_turns
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Turn

TEXT = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
IDS = st.sampled_from(["a", "b"])
BLOCKS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "text": st.fixed_dictionaries({}, optional={"citations": st.lists(st.just({"cited_text": "x"}), max_size=1)}),
    "thinking": st.fixed_dictionaries({}, optional={"signature": TEXT}),
    "redacted_thinking": st.fixed_dictionaries({"data": TEXT}),
    "tool_use": st.fixed_dictionaries({"id": IDS, "name": TEXT}),
    "tool_result": st.fixed_dictionaries(
        {"tool_use_id": IDS, "content": TEXT}, optional={"is_error": st.booleans()}
    ),
    "server_tool_use": st.fixed_dictionaries({"id": IDS, "name": TEXT}),
    "web_search_tool_result": st.fixed_dictionaries({"tool_use_id": IDS, "content": JSON}),
    "image": st.just({"source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}),
    "kind_of_2030": st.dictionaries(TEXT.filter(lambda name: name != "type"), JSON, max_size=2),
}


class Writer:
    """Makes a conversation of random legal steps."""

    def __init__(self, data: st.DataObject) -> None:
        self.transcript = Transcript()
        self.draw = data.draw
        self.now = 1.0

    def step(self) -> None:
        self.now += 0.5
        transcript = self.transcript
        if transcript.status in (Status.WAITING, Status.STREAMING):
            steps = [self.block, self.block, self.text, self.close, self.call, self.end, self.end]
            self.draw(st.sampled_from(steps))()
            return
        steps = [self.question]
        if transcript.turns:
            steps += [self.retry, self.go_on, self.other, self.other, self.select, self.select, self.edit]
        self.draw(st.sampled_from(steps))()

    @property
    def is_block_open(self) -> bool:
        blocks = self.transcript.turns[-1].blocks
        return bool(blocks) and blocks[-1].closed_at == 0.0

    def block(self) -> None:
        self.close()
        type_ = self.draw(st.sampled_from(sorted(BLOCKS)))
        self.transcript.open_block(type_, self.now, self.draw(BLOCKS[type_]))

    def text(self) -> None:
        if self.is_block_open:
            self.transcript.add_text(self.draw(TEXT | st.sampled_from(['{"a": 1}', '{"a": ', "x"])))

    def close(self) -> None:
        if self.is_block_open:
            self.transcript.close_block(self.now, is_complete=self.draw(st.booleans()))

    def call(self) -> None:
        self.transcript.transition_call("a", "running", self.now)
        self.transcript.transition_call("a", self.draw(st.sampled_from(["done", "failed"])), self.now)

    def end(self) -> None:
        self.close()
        if self.draw(st.booleans()):
            self.transcript.transition(Status.STREAMING, self.now)
        self.transcript.transition(
            self.draw(st.sampled_from([Status.DONE, Status.STOPPED, Status.FAILED])),
            self.now,
            stop_reason=self.draw(st.sampled_from(["end_turn", "max_tokens", "refusal", "user", None])),
            usage={"output_tokens": 3, "cache_creation": {"x": 1}},
            error=self.draw(st.none() | TEXT),
            cost=self.draw(st.none() | st.just(0.25)),
            is_left_out=self.draw(st.booleans()),
            cause=self.draw(st.sampled_from([None, "misfit", "context_full"])),
            context_percent=self.draw(st.sampled_from([None, 50])),
        )

    def question(self, after: str | None = None) -> None:
        self.transcript.add_turn(self.draw(st.sampled_from(["user", "system"])), self.draw(TEXT), after)
        self.transcript.open_reply(self.now)

    def edit(self) -> None:
        self.question(self.draw(st.sampled_from(["", *(turn.id for turn in self.transcript.turns)])))

    def retry(self) -> None:
        self.transcript.reopen_reply(self.now, is_continuation=False)
        self.transcript.drop_blocks()

    def go_on(self) -> None:
        self.transcript.reopen_reply(self.now, is_continuation=True)

    def other(self) -> None:
        self.transcript.open_reply(self.now, self.transcript.turns[-1].after)

    def select(self) -> None:
        shown = {"", *(turn.id for turn in self.transcript.turns)}
        others = [turn.id for turn in self.transcript.tree.versions if turn.after in shown]
        self.transcript.select_version(self.draw(st.sampled_from(others)))


def again(transcript: Transcript, now: float = 1_000.0) -> Transcript:
    restored = Transcript()
    # A file is JSON, so the records have to survive that.
    restore_turns(restored, read_turns(json.loads(json.dumps(record_turns(transcript)))), now)
    return restored


def facts(turn: Turn) -> Any:
    """Everything about a turn but its times and what only a running reply needs."""
    known = asdict(turn)
    for block in known["blocks"]:
        block["parts"] = "".join(block["parts"])
        del block["opened_at"], block["closed_at"]
    known["calls"] = [call[:2] for call in known["calls"]]
    if known["reply"] is not None:
        for name in ("began", "ended", "first_text_at", "earlier_usage", "earlier_cost"):
            del known["reply"][name]
    return json.loads(json.dumps(known))


@settings(max_examples=50)
@given(st.data(), st.integers(0, 30))
def test_save_and_load_lose_nothing_of_any_conversation(data: st.DataObject, steps: int) -> None:
    writer = Writer(data)
    for _ in range(steps):
        writer.step()
    transcript = writer.transcript
    restored = again(transcript)
    if transcript.status in (Status.WAITING, Status.STREAMING):
        # Its request ended with its kernel, so this is how it ends in the file.
        if writer.is_block_open:
            transcript.close_block(1.0, is_complete=False)
        transcript.transition(Status.STOPPED, 1.0, stop_reason=LOST_REPLY)
        reply = restored.turns[-1].reply
        assert reply is not None
        assert reply.status is Status.STOPPED
    assert json.dumps(restored.messages()) == json.dumps(transcript.messages())
    assert [turn.id for turn in restored.turns] == [turn.id for turn in transcript.turns]
    assert [facts(turn) for turn in restored.tree.versions] == [facts(turn) for turn in transcript.tree.versions]
    assert restored.usage() == transcript.usage()
    nexts, restored_nexts = ({k: v.id for k, v in t.tree.next_turns.items()} for t in (transcript, restored))
    assert restored_nexts == nexts
    assert record_turns(again(restored)) == record_turns(restored)


def test_times_are_kept_as_seconds_before_the_end() -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hi")
    transcript.open_reply(100.0)
    transcript.open_block("text", 101.0)
    transcript.transition(Status.STREAMING, 101.0)
    transcript.add_text("Hello")
    transcript.close_block(103.0)
    transcript.transition(Status.DONE, 104.0, stop_reason="end_turn", cost=0.5)
    ops, _ = again(transcript, 7.0).log.read_from(0, 1_000)
    times = [(type(op), op.at) for op in ops if isinstance(op, BlockOpened | BlockClosed | ReplyStatusChanged)]
    assert times[2:] == [
        (ReplyStatusChanged, 3.0),
        (BlockOpened, 4.0),
        (BlockClosed, 6.0),
        (ReplyStatusChanged, 4.0),
        (ReplyStatusChanged, 7.0),
    ]
    assert ops[-1] == ReplyStatusChanged(Status.DONE, 7.0, "end_turn", cost=0.5)


def test_a_call_that_had_not_ended_is_stopped_when_it_is_read() -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hi")
    transcript.open_reply(100.0)
    for call, state in (("c1", "running"), ("c2", "asking"), ("c1", "done")):
        transcript.transition_call(call, state, 101.0)  # type: ignore[arg-type]
    restored = again(transcript, 7.0)
    states = [(call, state) for call, state, _ in restored.turns[-1].calls]
    assert states == [("c1", "running"), ("c2", "asking"), ("c1", "done"), ("c2", "stopped")]
    ops, _ = restored.log.read_from(0, 1_000)
    assert [op.state for op in ops if isinstance(op, CallStatusChanged)] == [state for _, state in states]


def test_a_version_that_was_chosen_under_a_hidden_answer_is_still_chosen_there() -> None:
    transcript = Transcript()

    def answer(after: str | None = None) -> str:
        turn = transcript.open_reply(1.0, after)
        transcript.transition(Status.DONE, 2.0)
        return turn.id

    question = transcript.add_turn("user", "a", "").id
    first = answer()
    follow_up = transcript.add_turn("user", "b").id
    second = answer()
    transcript.add_turn("user", "b, edited", first)
    answer()
    transcript.select_version(follow_up)
    other = answer(question)
    restored = again(transcript)
    assert [turn.id for turn in restored.turns] == [question, other]
    restored.select_version(first)
    assert [turn.id for turn in restored.turns] == [question, first, follow_up, second]


def test_what_a_page_kept_comes_back_and_only_its_texts_are_sent() -> None:
    fixture = json.loads((Path(__file__).parents[2] / "fixtures" / "page_record.json").read_text())
    transcript = Transcript()
    restore_turns(transcript, read_turns(fixture["records"]), 100.0)
    messages = transcript.messages()
    assert "Your answer broke off" in messages[2]["content"]
    messages[2]["content"] = "CONTINUE"
    assert messages == fixture["messages"]
    [question, answer] = transcript.turns
    assert answer.documents() == ["A cat."]
    assert [block.type for block in question.blocks] == ["image", "text", "text"]
    transcript.select_version("t3")
    assert transcript.turns[0].blocks[0].is_table
    assert transcript.status is Status.FAILED
