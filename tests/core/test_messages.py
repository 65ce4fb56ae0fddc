"""What a request sends of a reply that went on, was asked again or refused; the rest is in test_transcript.py."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.messages import TAIL, messages_of
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript

USER = {"role": "user", "content": "Hello"}


def write(transcript: Transcript, text: str, status: Status = Status.STOPPED, type_: str = "text") -> None:
    transcript.open_block(type_)
    transcript.add_text(text)
    transcript.close_block()
    transcript.move(status, 2.0, stop_reason="user")


def roles(messages: list[dict[str, Any]]) -> list[str]:
    return [message["role"] for message in messages]


def test_going_on_is_asked_for_by_a_user_with_the_end_of_what_came(transcript: Transcript) -> None:
    write(transcript, "x" * 1000 + " the very end")
    transcript.ask_again(3.0, go_on=True)
    first, partial, wish = transcript.messages(go_on=True)
    assert first == USER
    assert partial["content"] == [{"type": "text", "text": "x" * 1000 + " the very end"}]
    assert wish["role"] == "user"
    assert ("x" * 1000 + " the very end")[-TAIL:] in wish["content"]
    assert "x" * TAIL not in wish["content"]


def test_a_continued_answer_is_sent_as_it_came_about(transcript: Transcript) -> None:
    write(transcript, "Once upon")
    transcript.ask_again(3.0, go_on=True)
    write(transcript, " a time", Status.DONE)
    transcript.add_turn("user", "And then?")
    messages = transcript.messages()
    assert roles(messages) == ["user", "assistant", "user", "assistant", "user"]
    assert "Once upon" in messages[2]["content"]
    assert messages[3]["content"] == [{"type": "text", "text": " a time"}]


def test_a_continuation_of_which_nothing_came_leaves_no_trace(transcript: Transcript) -> None:
    write(transcript, "Once upon")
    transcript.ask_again(3.0, go_on=True)
    transcript.move(Status.FAILED, 4.0)
    assert roles(transcript.messages()) == ["user", "assistant"]
    transcript.ask_again(5.0, go_on=True)
    assert roles(transcript.messages(go_on=True)) == ["user", "assistant", "user"]


def test_a_refused_reply_goes_together_with_its_question(transcript: Transcript) -> None:
    write(transcript, "Hi", Status.DONE)
    for text in ("Something bad", "Something worse"):
        transcript.add_turn("user", text)
        transcript.ask(3.0)
        transcript.open_block("text")
        transcript.add_text("I can")
        transcript.move(Status.DONE, 4.0, stop_reason="refusal")
    transcript.add_turn("user", "Something else")
    assert [message["content"] for message in transcript.messages()] == [
        "Hello",
        [{"type": "text", "text": "Hi"}],
        "Something else",
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(["text", "thinking", "redacted_thinking"]), st.text(max_size=5), st.booleans()),
        max_size=8,
    )
)
def test_whatever_was_continued_the_request_begins_and_ends_with_the_user(
    steps: list[tuple[str, str, bool]],
) -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.ask(0.0)
    for type_, text, go_on in steps:
        write(transcript, text, type_=type_)
        transcript.ask_again(1.0, go_on=go_on)
        if not go_on:
            transcript.drop_blocks()
    transcript.move(Status.STOPPED, 2.0)
    transcript.add_turn("user", "And?")
    messages = messages_of(transcript.turns)
    assert messages[0] == USER
    assert messages[-1] == {"role": "user", "content": "And?"}
    for message in messages:
        blocks = message["content"] if isinstance(message["content"], list) else []
        assert all(block["type"] == "text" and block["text"].strip() for block in blocks)


def test_a_blank_question_is_not_sent(transcript: Transcript) -> None:
    write(transcript, "Hi", Status.DONE)
    transcript.add_turn("user", " \n")
    assert roles(transcript.messages()) == ["user", "assistant"]


CALL = {"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "4"}
SAID = {"type": "text", "text": "Let me see."}
BROUGHT = [
    USER,
    {"role": "assistant", "content": [SAID, CALL]},
    {"role": "user", "content": [RESULT]},
    {"role": "assistant", "content": [{"type": "text", "text": "Four."}]},
]


def conversation(messages: list[dict[str, Any]]) -> Transcript:
    transcript = Transcript()
    for message in messages:
        transcript.add_turn(message["role"], message["content"])
    return transcript


def test_calls_and_results_that_a_reader_brings_stay_together() -> None:
    assert conversation(BROUGHT).messages() == BROUGHT
    more = {"role": "user", "content": [{**RESULT, "tool_use_id": "t2"}]}
    two = [USER, {"role": "assistant", "content": [CALL, {**CALL, "id": "t2"}]}, BROUGHT[2], more]
    assert conversation(two).messages() == two


def test_a_result_that_is_brought_later_goes_with_its_call(transcript: Transcript) -> None:
    transcript.open_block("tool_use", 0.0, {"id": "t1", "name": "f"})
    transcript.add_text('{"x": 1}')
    transcript.close_block()
    transcript.move(Status.DONE, 2.0, stop_reason="tool_use")
    assert transcript.messages() == [USER]
    transcript.add_turn("user", [RESULT])
    assert transcript.messages() == [USER, {"role": "assistant", "content": [CALL]}, BROUGHT[2]]


def test_a_result_without_its_call_is_not_sent() -> None:
    assert conversation([USER, BROUGHT[2]]).messages() == [USER]
    answer = {"role": "assistant", "content": [SAID]}
    assert conversation([USER, answer, BROUGHT[2], USER]).messages() == [USER, answer, USER]
    late = [USER, BROUGHT[1], answer, BROUGHT[2]]
    assert conversation(late).messages() == [USER, answer, answer]
