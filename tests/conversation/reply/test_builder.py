"""Events in, blocks and text out; whole replies over real HTTP are in test_reply.py and test_faults.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.demo import ScriptedBlock, reply_events
from nbstream.conversation.reply.builder import ReplyBuilder
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript


def asked() -> Transcript:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.open_reply(0.0)
    return transcript


def write(builder: ReplyBuilder, blocks: Sequence[ScriptedBlock], **more: Any) -> list[str]:
    reasons = [builder.apply(event) for event in reply_events(blocks, **more)]
    return [reason for reason in reasons if reason is not None]


@given(st.lists(st.tuples(st.sampled_from(["text", "thinking"]), st.lists(st.text(max_size=4)))))
def test_every_block_holds_exactly_its_text(blocks: list[tuple[str, list[str]]]) -> None:
    transcript = asked()
    pieces: list[str] = []
    builder = ReplyBuilder(transcript, lambda: 1.0, on_text=pieces.append)
    assert write(builder, blocks) == ["end_turn"]
    turn = transcript.turns[-1]
    assert [(block.type, block.text) for block in turn.blocks] == [(kind, "".join(text)) for kind, text in blocks]
    assert "".join(pieces) == builder.text() == turn.text()
    assert builder.has_visible_output == any("".join(text) for _, text in blocks)
    assert (transcript.status is Status.STREAMING) == builder.has_visible_output


def test_a_continued_reply_has_visible_output_only_once_it_adds_text() -> None:
    transcript = asked()
    write(ReplyBuilder(transcript, lambda: 1.0), [("text", ["Once"])])
    transcript.transition(Status.STOPPED, 2.0)
    transcript.reopen_reply(3.0, is_continuation=True)
    builder = ReplyBuilder(transcript, lambda: 4.0)
    assert not builder.has_visible_output
    builder.reset()
    assert transcript.turns[-1].text() == "Once"
    write(builder, [("text", [" upon"])])
    assert builder.has_visible_output
    assert builder.text() == " upon"
    assert transcript.turns[-1].text() == "Once upon"


def test_a_reply_that_replaces_another_one_keeps_it_until_it_begins() -> None:
    transcript = asked()
    write(ReplyBuilder(transcript, lambda: 1.0), [("text", ["Old"])])
    transcript.transition(Status.FAILED, 2.0)
    transcript.reopen_reply(3.0, is_continuation=False)
    builder = ReplyBuilder(transcript, lambda: 4.0, replaces=True)
    builder.reset()
    assert transcript.turns[-1].text() == "Old"
    write(builder, [("text", ["New"])])
    assert transcript.turns[-1].text() == builder.text() == "New"


def test_each_message_of_a_reply_is_counted() -> None:
    transcript = asked()
    builder = ReplyBuilder(transcript, lambda: 1.0)
    write(builder, [("text", ["a", "b"])], stop_reason="pause_turn", input_tokens=7)
    builder.next_message()
    write(builder, [("text", ["c"])], input_tokens=9)
    transcript.transition(Status.DONE, 2.0, usage=builder.message["usage"])
    assert transcript.usage() == {"input_tokens": 16, "output_tokens": 3}


def test_the_meter_counts_text_thinking_and_arguments_until_the_api_does() -> None:
    builder = ReplyBuilder(asked(), lambda: 1.0)
    call = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    events = list(reply_events([("thinking", ["Hm, hm."]), ("text", ["Hello you"])], input_tokens=3))
    arguments = [
        {"type": "content_block_start", "index": 2, "content_block": call},
        {
            "type": "content_block_delta",
            "index": 2,
            "delta": {"type": "input_json_delta", "partial_json": '{"city": "Rome"}'},
        },
    ]
    for event in [*events[:-2], *arguments]:
        builder.apply(event)
    assert builder.meter.usage() == {"input_tokens": 3, "output_tokens": (7 + 9 + 16) // 4}
    builder.apply(events[-2])
    assert builder.meter.usage() == {"input_tokens": 3, "output_tokens": 2}
    builder.next_message()
    assert builder.meter.usage() == {}


CALL = ("tool_use", {"id": "a", "name": "add"}, ['{"n": ', "1}"])


def test_the_arguments_of_a_call_are_its_text_and_not_the_answers() -> None:
    transcript = asked()
    builder = ReplyBuilder(transcript, lambda: 1.0)
    assert write(builder, [("text", ["Let me see"]), CALL]) == ["tool_use"]
    assert builder.text() == "Let me see"
    assert [block.arguments() for block in builder.message_blocks] == [None, {"n": 1}]


def test_each_message_is_retried_by_itself_and_earlier_text_stays() -> None:
    transcript = asked()
    builder = ReplyBuilder(transcript, lambda: 1.0)
    write(builder, [CALL])
    assert builder.has_visible_output
    builder.next_message()
    assert not builder.has_visible_output
    assert builder.message_blocks == []
    # The connection is lost after a thinking block without text.
    write(builder, [("thinking", [])])
    assert not builder.has_visible_output
    builder.reset()
    write(builder, [("text", ["Done"])])
    assert builder.has_visible_output
    assert [block.type for block in transcript.turns[-1].blocks] == ["tool_use", "thinking", "text"]
    assert [block.type for block in builder.message_blocks] == ["text"]


def test_null_counts_as_an_empty_value_wherever_a_gateway_sends_it() -> None:
    transcript = asked()
    builder = ReplyBuilder(transcript, lambda: 1.0)
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"type": "message", "usage": None, "content": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": None}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": None}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "content_block_delta", "index": 0, "delta": None},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "thinking", "thinking": None}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "thinking_delta", "thinking": None}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": None, "usage": None},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": None}},
        {"type": "message_stop"},
    ]
    reasons = [builder.apply(event) for event in events]
    assert reasons[-1] == "end_turn"
    assert [(block.type, block.text) for block in transcript.turns[-1].blocks] == [
        ("text", "Hello"),
        ("thinking", ""),
    ]


def block_of(kind: str, *deltas: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """The events of one block."""
    return [
        {"type": "content_block_start", "index": 0, "content_block": {"type": kind, **fields}},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
    ]


def applied(*events: dict[str, Any]) -> Transcript:
    """The transcript of a reply with these events."""
    transcript = asked()
    builder = ReplyBuilder(transcript, lambda: 1.0)
    for event in events:
        builder.apply(event)
    builder.close()
    return transcript


SUMMARY = {"type": "compaction_delta", "content": "So far", "encrypted_content": "x"}


@pytest.mark.parametrize(
    ("events", "came", "shown"),
    [
        (
            block_of("compaction", SUMMARY, content=None),
            {"type": "compaction", "content": "So far", "encrypted_content": "x"},
            "So far",
        ),
        (block_of("compaction", content=None), {"type": "compaction", "content": None}, ""),
        (
            block_of("poem", {"type": "text_delta", "text": "Ro"}, {"type": "text_delta", "text": "ses"}, text=""),
            {"type": "poem", "text": "Roses"},
            "Roses",
        ),
        (
            block_of("poem", {"type": "verse_delta", "verse": "Roses", "data": "AA"}, title="T"),
            {"type": "poem", "title": "T", "verse": "Roses", "data": "AA"},
            "Roses",
        ),
        (
            block_of("errand", {"type": "input_json_delta", "partial_json": '{"a": 1}'}, input={}),
            {"type": "errand", "input": {"a": 1}},
            '{"a": 1}',
        ),
        (
            block_of("text", {"type": "colour_delta", "colour": "red"}, text="Hi"),
            {"type": "text", "text": "Hi", "colour": "red"},
            "Hi",
        ),
    ],
)
def test_what_is_unknown_is_kept_as_it_came_and_its_text_is_shown(
    events: list[dict[str, Any]], came: dict[str, Any], shown: str
) -> None:
    transcript = applied(*events)
    [block] = transcript.turns[-1].blocks
    assert (block.to_param(), block.text) == (came, shown)
    assert transcript.messages()[-1]["content"] == [came]


def test_what_is_unknown_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "nbstream")
    applied(*block_of("poem", {"type": "verse_delta", "verse": "Roses"}), {"type": "weather"})
    assert [record.message.split("unknown kind ")[1].split(";")[0] for record in caplog.records] == [
        "'poem'",
        "'verse_delta'",
        "'weather'",
    ]
    caplog.clear()
    applied(*reply_events([("thinking", ["Hm."]), ("text", ["Hi"]), CALL]), *block_of("compaction", SUMMARY))
    assert [record.message for record in caplog.records if "compaction_delta" in record.message] == []


def test_a_block_that_broke_off_is_shown_and_never_sent() -> None:
    *begun, _ = block_of("compaction", SUMMARY, content="")
    transcript = applied(*begun)
    assert transcript.turns[-1].blocks[0].text == "So far"
    assert [message["role"] for message in transcript.messages()] == ["user"]


def test_a_block_without_its_end_is_complete_when_the_next_one_begins_or_the_message_ends() -> None:
    begun = [*block_of("poem", verse="Roses")[:-1], *block_of("poem", verse="are red")[:-1]]
    transcript = applied(*begun, {"type": "message_stop"})
    assert [block["verse"] for block in transcript.messages()[-1]["content"]] == ["Roses", "are red"]


def arguments_of(*events: dict[str, Any]) -> Any:
    return applied(*events).turns[-1].blocks[0].to_param()["input"]


def test_arguments_in_deltas_replace_those_of_the_start() -> None:
    whole = {"a": 1}
    pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", '{"a": ', "1}")]
    start = {"id": "x", "name": "add", "input": whole}
    assert arguments_of(*block_of("tool_use", *pieces, **start)) == whole
    assert arguments_of(*block_of("tool_use", pieces[0], **start)) == whole
    assert arguments_of(*block_of("server_tool_use", **start)) == whole
    # Arguments at the start of a call that broke off are no text of the block after it.
    events = [*block_of("tool_use", **start)[:-1], *block_of("text", text="")]
    assert [block.text for block in applied(*events).turns[-1].blocks] == ['{"a": 1}', ""]


def test_two_calls_with_one_id_and_a_call_without_one_get_ids_of_their_own() -> None:
    transcript = applied(
        *block_of("tool_use", id="call_0", name="add", input={"a": 1}),
        *block_of("tool_use", id="call_0", name="add", input={"a": 2}),
        *block_of("tool_use", id=None, name="add", input={}),
        *block_of("tool_use", id="call_0_2", name="add", input={}),
        *block_of("server_tool_use", id="call_0", name="web_search", input={}),
    )
    ids = [block.param["id"] for block in transcript.turns[-1].blocks]
    assert ids == ["call_0", "call_0_2", "call", "call_0_2_2", "call_0"]


def test_events_without_their_content_do_no_harm() -> None:
    events = [
        {"type": "message_start", "message": None},
        {"type": "content_block_start", "content_block": None},
        {"type": "content_block_delta"},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_start", "content_block": {"type": None}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "!"}},
        {"type": "message_stop"},
    ]
    assert applied(*events).turns[-1].text() == "Hi!"


def test_a_blank_line_stands_between_the_texts_before_and_after_a_call() -> None:
    transcript = asked()
    pieces: list[str] = []
    builder = ReplyBuilder(transcript, lambda: 1.0, on_text=pieces.append)
    write(builder, [("text", ["Let me ", "see."]), CALL, ("text", []), ("text", ["The tool", " says 2."])])
    builder.next_message()
    write(builder, [CALL, ("text", ["Done"])])
    text = "Let me see.\n\nThe tool says 2.\n\nDone"
    assert "".join(pieces) == builder.text() == transcript.turns[-1].text() == text
    # A request has the blocks as they came.
    assert [block.text for block in transcript.turns[-1].blocks if block.type == "text"] == [
        "Let me see.",
        "",
        "The tool says 2.",
        "Done",
    ]
