"""Events in, blocks and text out; whole replies over real HTTP are in test_stream.py and test_faults.py."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.demo import Scripted, reply_events
from nbstream.conversation.reply_builder import ReplyBuilder
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript


def as_event(data: Any) -> Any:
    """An event as the SDK gives it: fields by name, and all of it as a dict."""
    if not isinstance(data, dict):
        return data
    return SimpleNamespace(to_dict=lambda: dict(data), **{key: as_event(value) for key, value in data.items()})


def asked() -> Transcript:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.ask(0.0)
    return transcript


def write(writer: ReplyBuilder, blocks: Sequence[Scripted], **more: Any) -> list[str]:
    reasons = [writer.take(as_event(event)) for event in reply_events(blocks, **more)]
    return [reason for reason in reasons if reason is not None]


@given(st.lists(st.tuples(st.sampled_from(["text", "thinking"]), st.lists(st.text(max_size=4)))))
def test_every_block_holds_exactly_its_text(blocks: list[tuple[str, list[str]]]) -> None:
    transcript = asked()
    writer = ReplyBuilder(transcript, lambda: 1.0)
    heard: list[str] = []
    writer.on_text = heard.append
    assert write(writer, blocks) == ["end_turn"]
    turn = transcript.turns[-1]
    assert [(block.type, block.text) for block in turn.blocks] == [(kind, "".join(text)) for kind, text in blocks]
    assert "".join(heard) == writer.text() == turn.text()
    assert writer.shown == any("".join(text) for _, text in blocks)
    assert (transcript.status is Status.STREAMING) == writer.shown


def test_what_goes_on_counts_as_shown_only_by_what_it_adds() -> None:
    transcript = asked()
    write(ReplyBuilder(transcript, lambda: 1.0), [("text", ["Once"])])
    transcript.move(Status.STOPPED, 2.0)
    transcript.ask_again(3.0, go_on=True)
    writer = ReplyBuilder(transcript, lambda: 4.0)
    assert not writer.shown
    writer.start_over()
    assert transcript.turns[-1].text() == "Once"
    write(writer, [("text", [" upon"])])
    assert writer.shown
    assert writer.text() == " upon"
    assert transcript.turns[-1].text() == "Once upon"


def test_what_takes_the_place_of_another_reply_waits_until_it_begins() -> None:
    transcript = asked()
    write(ReplyBuilder(transcript, lambda: 1.0), [("text", ["Old"])])
    transcript.move(Status.FAILED, 2.0)
    transcript.ask_again(3.0, go_on=False)
    writer = ReplyBuilder(transcript, lambda: 4.0, replaces=True)
    writer.start_over()
    assert transcript.turns[-1].text() == "Old"
    write(writer, [("text", ["New"])])
    assert transcript.turns[-1].text() == writer.text() == "New"


def test_each_message_of_a_reply_is_counted() -> None:
    transcript = asked()
    writer = ReplyBuilder(transcript, lambda: 1.0)
    write(writer, [("text", ["a", "b"])], stop_reason="pause_turn", input_tokens=7)
    writer.next_message()
    write(writer, [("text", ["c"])], input_tokens=9)
    transcript.move(Status.DONE, 2.0, usage=writer.message["usage"])
    assert transcript.usage() == {"input_tokens": 16, "output_tokens": 3}


def test_the_bill_counts_text_thinking_and_the_arguments_of_calls_until_the_api_does() -> None:
    writer = ReplyBuilder(asked(), lambda: 1.0)
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
        writer.take(as_event(event))
    assert writer.bill.usage() == {"input_tokens": 3, "output_tokens": (7 + 9 + 16) // 4}
    writer.take(as_event(events[-2]))
    assert writer.bill.usage() == {"input_tokens": 3, "output_tokens": 2}
    writer.next_message()
    assert writer.bill.usage() == {}


CALL = ("tool_use", {"id": "a", "name": "add"}, ['{"n": ', "1}"])


def test_the_arguments_of_a_call_are_its_text_and_not_the_answers() -> None:
    transcript = asked()
    writer = ReplyBuilder(transcript, lambda: 1.0)
    assert write(writer, [("text", ["Let me see"]), CALL]) == ["tool_use"]
    assert writer.text() == "Let me see"
    assert [block.arguments() for block in writer.message_blocks] == [None, {"n": 1}]


def test_each_message_is_tried_again_by_itself_and_what_came_before_stays() -> None:
    transcript = asked()
    writer = ReplyBuilder(transcript, lambda: 1.0)
    write(writer, [CALL])
    assert writer.shown
    writer.next_message()
    assert not writer.shown
    assert writer.message_blocks == []
    # Thinking without its text, and then the connection is lost.
    write(writer, [("thinking", [])])
    assert not writer.shown
    writer.start_over()
    write(writer, [("text", ["Done"])])
    assert writer.shown
    assert [block.type for block in transcript.turns[-1].blocks] == ["tool_use", "thinking", "text"]
    assert [block.type for block in writer.message_blocks] == ["text"]
