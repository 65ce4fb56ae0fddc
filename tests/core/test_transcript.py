"""Changes of a transcript, their ops, and the messages of the next request."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.block_info import MAX_IMAGES, block_info
from nbstream.core.ops import (
    TRANSITIONS,
    BlockClosed,
    BlockOpened,
    CallStatusChanged,
    Op,
    Queued,
    ReplyStatusChanged,
    Stalled,
    Status,
    TextAdded,
    TurnOpened,
    Unqueued,
    VersionSelected,
)
from nbstream.core.reply import END_NOTES, RUNNING
from nbstream.core.transcript import IllegalTransitionError, Transcript


def ops(transcript: Transcript) -> tuple[Op, ...]:
    return transcript.log.read_from(0, transcript.log.seq)[0]


def test_an_empty_conversation_is_idle() -> None:
    transcript = Transcript()
    assert transcript.status is Status.IDLE
    assert transcript.last_reply is None
    assert transcript.messages() == []
    assert transcript.usage() == {}


def test_a_requested_reply_waits(transcript: Transcript) -> None:
    assert transcript.status is Status.WAITING
    assert ops(transcript)[-1] == ReplyStatusChanged(Status.WAITING, 1.0)


@pytest.mark.parametrize("before", TRANSITIONS)
@pytest.mark.parametrize("after", Status)
def test_a_reply_makes_only_the_moves_in_the_table(before: Status, after: Status) -> None:
    transcript = Transcript()
    turn = transcript.open_reply(0.0)
    assert turn.reply is not None
    turn.reply.status = before
    if after in TRANSITIONS[before]:
        transcript.transition(after, 2.0)
        assert turn.reply.status is after
        assert (turn.reply.ended is None) == (after in RUNNING)
    else:
        with pytest.raises(IllegalTransitionError, match=f"{before} → {after}"):
            transcript.transition(after, 2.0)


def test_a_turn_without_a_reply_cannot_move() -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    with pytest.raises(IllegalTransitionError):
        transcript.transition(Status.DONE, 1.0)


@pytest.mark.parametrize(
    ("status", "stop_reason", "note"),
    [
        (Status.DONE, "max_tokens", "The answer reached max_tokens and breaks off here."),
        (
            Status.DONE,
            "refusal",
            "Claude declined to go on with this. Your message and the answer so far are not sent with later "
            "messages.",
        ),
        (
            Status.DONE,
            "model_context_window_exceeded",
            "The conversation has filled the model's context window.",
        ),
        (Status.STOPPED, "user", "You stopped the answer here."),
        (Status.STOPPED, "interrupt", "The kernel was interrupted; the answer stopped here."),
        (Status.STOPPED, "closed", "The chat was closed, so the answer was stopped."),
        (Status.STOPPED, "abandoned", "No page showed this answer for a while, so it was stopped."),
        (Status.STOPPED, "budget", "The chat has spent its budget, so the answer was stopped."),
        (Status.DONE, "end_turn", None),
        (Status.FAILED, None, None),
    ],
)
def test_an_early_end_carries_the_note_that_the_page_shows(
    transcript: Transcript, status: Status, stop_reason: str | None, note: str | None
) -> None:
    transcript.transition(status, 2.0, stop_reason=stop_reason)
    assert ops(transcript)[-1] == ReplyStatusChanged(status, 2.0, stop_reason, note=note)
    assert transcript.turns[-1].reply is not None
    assert transcript.turns[-1].reply.note == note
    transcript.transition(Status.WAITING, 3.0)
    assert transcript.turns[-1].reply.note is None


@pytest.mark.parametrize("note", END_NOTES.values())
def test_each_note_is_made_of_whole_sentences(note: str) -> None:
    assert re.fullmatch(r"[A-Z].*\.", note)


@given(st.lists(st.text()))
def test_the_text_joins_the_pieces_in_any_split(pieces: list[str]) -> None:
    transcript = Transcript()
    turn = transcript.open_reply(0.0)
    block = transcript.open_block("text")
    for piece in pieces:
        transcript.add_text(piece)
    assert turn.text() == block.text == "".join(pieces)
    transcript.close_block()
    assert turn.text() == "".join(pieces)
    told = "".join(op.text for op in ops(transcript) if isinstance(op, TextAdded))
    assert told == "".join(pieces)


def test_dropped_blocks_are_removed_here_and_on_the_pages(transcript: Transcript) -> None:
    transcript.open_block("thinking")
    transcript.drop_blocks()
    assert transcript.turns[-1].blocks == []
    assert ops(transcript)[-1].tag == "drop"


def reply(transcript: Transcript, status: Status, *blocks: tuple[str, dict[str, Any], str]) -> Transcript:
    for place, (type_, param, text) in enumerate(blocks):
        if place:
            transcript.close_block(1.0)
        transcript.open_block(type_, 1.0, param)
        transcript.add_text(text)
    if blocks and status is not Status.FAILED:
        transcript.close_block(2.0)
    transcript.transition(status, 2.0)
    return transcript


SIGNED = ("thinking", {"signature": "s"}, "Hm.")
USER = {"role": "user", "content": "Hello"}


def test_a_finished_reply_is_sent_unchanged_in_the_next_request(transcript: Transcript) -> None:
    reply(transcript, Status.DONE, SIGNED, ("text", {"citations": None}, "Hi!"))
    assert transcript.messages() == [
        USER,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "signature": "s", "thinking": "Hm."},
                {"type": "text", "text": "Hi!"},
            ],
        },
    ]


@pytest.mark.parametrize("status", [Status.STOPPED, Status.FAILED])
def test_a_reply_that_broke_off_keeps_its_text_in_the_next_request(transcript: Transcript, status: Status) -> None:
    reply(transcript, status, ("text", {}, "Half an ans"))
    assert transcript.messages()[1]["content"] == [{"type": "text", "text": "Half an ans"}]


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [("text", {}, "  \n ")],
        [("thinking", {"signature": ""}, "cut sho")],
        [SIGNED],
        [("redacted_thinking", {"data": "x"}, "")],
        [("tool_use", {"id": "t", "name": "f", "input": {}}, "")],
        [("server_tool_use", {"id": "t", "name": "web_search"}, '{"que')],
    ],
    ids=["nothing", "blank", "unsigned thinking", "only thinking", "only redacted", "a call", "half a call"],
)
def test_a_reply_with_nothing_to_send_again_is_left_out(
    transcript: Transcript, blocks: list[tuple[str, dict[str, Any], str]]
) -> None:
    reply(transcript, Status.STOPPED, *blocks)
    transcript.add_turn("user", "Again?")
    assert transcript.messages() == [USER, {"role": "user", "content": "Again?"}]


def test_a_call_whose_result_stands_in_the_same_turn_is_kept(transcript: Transcript) -> None:
    call = ("server_tool_use", {"id": "t", "name": "web_search"}, '{"query": "x"}')
    result = ("web_search_tool_result", {"tool_use_id": "t", "content": []}, "")
    reply(transcript, Status.DONE, call, result, ("text", {}, "Found."))
    assert [block["type"] for block in transcript.messages()[1]["content"]] == [
        "server_tool_use",
        "web_search_tool_result",
        "text",
    ]


def test_earlier_turns_are_kept_as_they_were_passed() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}}
    transcript = Transcript()
    transcript.add_turn("user", [{"type": "text", "text": "What is this?"}, image])
    transcript.add_turn("assistant", "A cat.")
    assert transcript.messages() == [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]},
        {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]},
    ]


def test_pages_get_no_image_data_and_no_signature() -> None:
    transcript = Transcript()
    transcript.add_turn("user", [{"type": "image", "source": {"data": "SECRET"}}])
    reply_turn = transcript.open_reply(0.0)
    transcript.open_block("thinking", 0.0, {"signature": "SECRET"})
    assert reply_turn.blocks[0].param == {"signature": "SECRET"}
    assert "SECRET" not in repr(ops(transcript))


def test_usage_adds_up_over_the_replies(transcript: Transcript) -> None:
    transcript.transition(
        Status.DONE, 2.0, usage={"input_tokens": 10, "output_tokens": 5, "service_tier": "standard"}
    )
    transcript.open_reply(3.0)
    transcript.transition(Status.STOPPED, 4.0, usage={"input_tokens": 20})
    assert transcript.usage() == {"input_tokens": 30, "output_tokens": 5}


def test_the_usage_of_earlier_requests_counts_even_if_the_last_one_never_began(
    transcript: Transcript,
) -> None:
    transcript.transition(Status.STREAMING, 2.0, usage={"input_tokens": 10, "output_tokens": 1})
    transcript.add_usage({"input_tokens": 10, "output_tokens": 5})
    transcript.transition(Status.FAILED, 3.0, usage={})
    assert transcript.usage() == {"input_tokens": 10, "output_tokens": 5}


def test_a_turn_without_a_reply_has_no_usage() -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.add_usage({"input_tokens": 10})
    assert transcript.usage() == {}


def test_another_version_of_a_question_hides_the_turns_after_it_and_loses_none(transcript: Transcript) -> None:
    question, answer = transcript.turns
    edited = transcript.add_turn("user", "Hello?", question.after)
    other = transcript.open_reply(3.0)
    assert transcript.turns == [edited, other]
    assert transcript.tree.versions == [question, answer, edited, other]
    transcript.select_version(question.id)
    assert transcript.turns == [question, answer]
    transcript.select_version(edited.id)
    assert transcript.turns == [edited, other]
    told = [(op.id, op.after) for op in ops(transcript) if isinstance(op, TurnOpened)]
    assert told == [("t1", None), ("t2", None), ("t3", ""), ("t4", None)]
    assert [op.turn for op in ops(transcript) if isinstance(op, VersionSelected)] == [question.id, edited.id]


def test_a_turn_after_the_latest_is_not_a_version(transcript: Transcript) -> None:
    transcript.add_turn("user", "And?", transcript.turns[-1].id)
    assert [op.after for op in ops(transcript) if isinstance(op, TurnOpened)] == [None] * 3


def test_usage_counts_the_versions_out_of_sight_too(transcript: Transcript) -> None:
    transcript.transition(Status.DONE, 2.0, usage={"output_tokens": 5})
    transcript.open_reply(3.0, transcript.turns[0].id)
    transcript.transition(Status.DONE, 4.0, usage={"output_tokens": 7})
    assert transcript.usage() == {"output_tokens": 12}


def test_complete_blocks_are_sent_to_pages_with_their_description() -> None:
    transcript = Transcript(lambda type_, param, text: {**block_info(type_, param, text), "markdown": True})
    transcript.open_reply(1.0)
    result = {"type": "tool_result", "tool_use_id": "a", "content": "3"}
    transcript.add_blocks([result], 2.0)
    opened, closed = ops(transcript)[-2:]
    assert opened == BlockOpened("tool_result", 2.0, {"call": "a", "text": "3", "markdown": True})
    assert closed == BlockClosed(2.0)
    assert transcript.turns[-1].blocks[0].to_param() == result


def test_calls_and_waiting_messages_are_sent_to_pages(transcript: Transcript) -> None:
    transcript.transition_call("a", "running", 2.0)
    transcript.queue("k", "And?", ["a.png"])
    transcript.unqueue("k")
    transcript.report_stall(3.0, 4.0)
    assert ops(transcript)[-4:] == (
        CallStatusChanged("a", "running", 2.0),
        Queued("k", "And?", ("a.png",)),
        Unqueued("k"),
        Stalled(3.0, 4.0),
    )


def test_a_reply_of_several_requests_has_the_usage_of_all(transcript: Transcript) -> None:
    transcript.add_usage({"input_tokens": 10, "output_tokens": 2, "service_tier": "standard"})
    transcript.add_usage({"input_tokens": 20, "service_tier": "batch"})
    transcript.transition(Status.DONE, 2.0, usage={"input_tokens": 30, "output_tokens": 3})
    reply = transcript.turns[-1].reply
    assert reply is not None
    assert reply.usage == {"input_tokens": 60, "output_tokens": 5, "service_tier": "batch"}


def test_the_first_images_of_a_message_get_a_preview_and_the_others_a_name() -> None:
    looked: list[str] = []

    def show(type_: str, param: Any, text: str) -> dict[str, Any]:
        looked.append(type_)
        return {"kind": type_, "data": "x"}

    transcript = Transcript(show)
    picture = {"type": "image", "source": {"type": "base64", "data": "x"}}
    for _ in range(2):
        looked.clear()
        transcript.add_turn("user", [*[picture] * 100, {"type": "text", "text": "Look"}])
        assert looked == ["image"] * MAX_IMAGES + ["text"]
    assert transcript.turns[-1].blocks[99].param == {"source": picture["source"]}
    opened = [op.data for op in transcript.log.read_from(0, 1_000)[0] if isinstance(op, BlockOpened)]
    assert opened[MAX_IMAGES - 1 : MAX_IMAGES + 1] == [{"kind": "image", "data": "x"}, {"kind": "image"}]
