"""Checks of a conversation's turns: whether a question, a retry, a continuation or a summary is possible now."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.reply import RUNNING
from ..core.transcript import Transcript
from ..core.turn import Turn
from .summary import can_be_summarized

COMPLETE = frozenset({"end_turn", "stop_sequence", "tool_use"})
"""The stop reasons that the Messages API gives to complete replies."""


def is_running(transcript: Transcript) -> bool:
    """Return whether a reply has been requested and has not ended yet."""
    return transcript.status in RUNNING


def check_idle(transcript: Transcript) -> None:
    """Raise `RuntimeError` if a reply is running. The error says how to wait for it or stop it."""
    if is_running(transcript):
        raise RuntimeError(
            "This chat is still answering. Wait for it (chat.wait()) or end it (chat.stop()), then ask again."
        )


def require_reply(transcript: Transcript) -> Turn:
    """Return the latest turn, which must be a reply.

    Raises:
        RuntimeError: The latest turn is not a reply. The error says how to ask a question.
    """
    turn = transcript.turns[-1] if transcript.turns else None
    if turn is None or turn.reply is None:
        raise RuntimeError("Nothing was asked yet; ask first, with chat.ask(…).")
    return turn


def require_ended_reply(transcript: Transcript) -> Turn:
    """Return the latest turn, which must be a reply that has ended.

    Raises:
        RuntimeError: A reply is running, or nothing was asked yet.
    """
    check_idle(transcript)
    return require_reply(transcript)


def check_continuable(turn: Turn) -> None:
    """Raise `RuntimeError` if a reply is complete, or has nothing that Claude could continue."""
    if turn.is_refused or turn.is_left_out or not turn.has_answer:
        raise RuntimeError("The answer has no text to continue; chat.retry() asks again.")
    if turn.reply is not None and turn.reply.stop_reason in COMPLETE:
        raise RuntimeError("The answer is complete; chat.ask(…) goes on with the conversation.")


def check_summarizable(turns: Sequence[Turn]) -> None:
    """Raise `RuntimeError` if there is nothing to summarize before the latest question and its reply."""
    if not can_be_summarized(turns):
        raise RuntimeError("There is nothing to summarize before the latest question.")
