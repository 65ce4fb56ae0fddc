"""What a conversation's turns allow: the next question, a retry, a continuation, a summary."""

from __future__ import annotations

import pytest

from nbstream.conversation.turn_checks import (
    COMPLETE,
    check_continuable,
    check_idle,
    check_summarizable,
    is_running,
    require_ended_reply,
    require_reply,
)
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript


def answered(text: str = "Hi", stop_reason: str | None = None, status: Status = Status.STOPPED) -> Transcript:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.open_reply(0.0)
    transcript.transition(Status.STREAMING, 1.0)
    transcript.open_block("text")
    transcript.add_text(text)
    transcript.close_block()
    transcript.transition(status, 2.0, stop_reason=stop_reason)
    return transcript


def test_nothing_else_is_possible_while_a_reply_runs() -> None:
    transcript = Transcript()
    check_idle(transcript)
    turn = transcript.open_reply(0.0)
    assert is_running(transcript)
    for check in (check_idle, require_ended_reply):
        with pytest.raises(RuntimeError, match=r"still answering. Wait for it .*chat.wait.* or end it"):
            check(transcript)
    assert require_reply(transcript) is turn
    transcript.transition(Status.STOPPED, 1.0)
    assert not is_running(transcript)
    check_idle(transcript)
    assert require_ended_reply(transcript) is turn


@pytest.mark.parametrize("messages", [[], ["user"], ["user", "assistant"]])
def test_only_a_reply_of_this_conversation_is_asked_for_again(messages: list[str]) -> None:
    transcript = Transcript()
    for role in messages:
        transcript.add_turn("assistant" if role == "assistant" else "user", "Hello")
    for check in (require_reply, require_ended_reply):
        with pytest.raises(RuntimeError, match=r"Nothing was asked yet; ask first, with chat.ask"):
            check(transcript)


def test_a_reply_that_broke_off_can_be_continued() -> None:
    for reason in (None, "user", "max_tokens"):
        check_continuable(answered("Hi", reason).turns[-1])


@pytest.mark.parametrize("reason", sorted(COMPLETE))
def test_a_complete_reply_cannot_be_continued(reason: str) -> None:
    with pytest.raises(RuntimeError, match="is complete"):
        check_continuable(answered("Hi", reason, Status.DONE).turns[-1])


def test_a_blank_or_refused_reply_cannot_be_continued() -> None:
    left_out = answered()
    reply = left_out.turns[-1].reply
    assert reply is not None
    reply.is_left_out = True
    for transcript in (answered(" \n"), answered("Hi", "refusal"), left_out):
        with pytest.raises(RuntimeError, match=r"no text to continue; chat.retry\(\)"):
            check_continuable(transcript.turns[-1])


def test_a_summary_needs_turns_before_the_latest_question() -> None:
    transcript = answered()
    with pytest.raises(RuntimeError, match="nothing to summarize"):
        check_summarizable(transcript.turns)
    transcript.add_turn("user", "More")
    check_summarizable(transcript.turns)
