"""Events in, blocks and text out; whole replies over real HTTP are in test_reply.py and test_faults.py."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.demo import ScriptedBlock, reply_events
from nbstream.conversation.reply_builder import ReplyBuilder
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript


def as_event(data: Any) -> Any:
    """An event in the SDK's shape: fields by name, and the whole as a dict."""
    if not isinstance(data, dict):
        return data
    return SimpleNamespace(to_dict=lambda: dict(data), **{key: as_event(value) for key, value in data.items()})


def asked() -> Transcript:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.open_reply(0.0)
    return transcript


def write(builder: ReplyBuilder, blocks: Sequence[ScriptedBlock], **more: Any) -> list[str]:
    reasons = [builder.apply(as_event(event)) for event in reply_events(blocks, **more)]
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
        builder.apply(as_event(event))
    assert builder.meter.usage() == {"input_tokens": 3, "output_tokens": (7 + 9 + 16) // 4}
    builder.apply(as_event(events[-2]))
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
    reasons = [builder.apply(as_event(event)) for event in events]
    assert reasons[-1] == "end_turn"
    assert [(block.type, block.text) for block in transcript.turns[-1].blocks] == [
        ("text", "Hello"),
        ("thinking", ""),
    ]
