"""The output of one reply."""

from __future__ import annotations

import pytest

from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Turn
from nbstream.output.output_format import OutputFormat
from nbstream.output.reply_output import ReplyOutput, read_output

NUMBERS = OutputFormat.of(list[int])


def reply(*texts: str, stop_reason: str = "end_turn", status: Status = Status.DONE) -> Turn:
    transcript = Transcript()
    turn = transcript.open_reply(0.0)
    for index, text in enumerate(texts):
        if index:
            transcript.open_block("tool_use", param={"id": "a", "name": "f"})
        transcript.open_block("text")
        transcript.add_text(text)
    transcript.transition(status, 1.0, stop_reason=stop_reason)
    return turn


def test_the_last_document_is_the_answer() -> None:
    output = ReplyOutput(NUMBERS)
    assert output.complete(reply("I will look.", "[1, 2]"), "end_turn") is None
    assert output.value == [1, 2]


@pytest.mark.parametrize(
    ("text", "stop_reason", "said"),
    [
        ("[1, ", "max_tokens", r"reached max_tokens before it was complete\. chat\.continue_\(\) goes on"),
        ("[1]", "max_tokens", "reached max_tokens"),
        ("[1", "model_context_window_exceeded", "filled the model's context window"),
        ("I cannot.", "refusal", "Claude declined"),
        ("I cannot.", "end_turn", r"does not fit list\[int\]"),
        ("", "end_turn", r"does not fit list\[int\]"),
    ],
)
def test_a_reply_without_its_answer_has_an_error_and_no_value(text: str, stop_reason: str, said: str) -> None:
    output = ReplyOutput(NUMBERS)
    error = output.complete(reply(text, stop_reason=stop_reason), stop_reason)
    assert error is not None
    assert error.is_misfit == (stop_reason == "end_turn")
    with pytest.raises(ValueError, match=said):
        raise error
    assert output.value is None


def test_text_and_calls_that_wait_for_results_have_neither() -> None:
    assert ReplyOutput(None).complete(reply("Hi"), "end_turn") is None
    assert ReplyOutput(NUMBERS).complete(reply("Hi"), "tool_use") is None


def test_an_earlier_reply_is_read_when_it_is_complete() -> None:
    assert read_output(NUMBERS, reply("[1]")) == [1]
    assert read_output(NUMBERS, reply("[1", status=Status.STOPPED)) is None
    assert read_output(NUMBERS, reply("x")) is None
    assert read_output(None, reply("[1]")) is None
    assert read_output(NUMBERS, None) is None
