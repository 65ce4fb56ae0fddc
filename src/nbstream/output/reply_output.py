"""Output of one reply: the value that its text makes when it is complete, or the error if there is none."""

from __future__ import annotations

from typing import Any

from ..core.turn import Turn
from .output_error import OutputError
from .output_format import OutputFormat

INCOMPLETE = {
    "max_tokens": (
        "The answer reached max_tokens before it was complete. chat.continue_() goes on from there; a higher "
        "max_tokens leaves more room."
    ),
    "model_context_window_exceeded": "The conversation filled the model's context window before the answer ended.",
    "refusal": "Claude declined to answer this, so there is no output.",
}
"""The error's sentence, by the API's stop reason of a reply that has ended without its whole answer."""

UNANSWERED_CALLS = "tool_use"
"""The stop reason of a reply that waits for results of tools of another process. It has no output and no error."""


class ReplyOutput:
    """Makes the output of one reply.

    Args:
        format_: The type that was asked for; `None` for text.

    Attributes:
        value: The output; `None` until the reply is complete.
    """

    def __init__(self, format_: OutputFormat | None) -> None:
        self.value: Any = None
        self._format = format_

    def complete(self, turn: Turn, stop_reason: str | None) -> OutputError | None:
        """Read the output of a reply that the API has ended.

        Args:
            turn: The reply's turn. Its last document is the answer; texts before calls of tools are not.
            stop_reason: The API's stop reason.

        Returns:
            The error if the reply has no output.
        """
        if self._format is None or stop_reason == UNANSWERED_CALLS:
            return None
        if stop_reason in INCOMPLETE:
            return OutputError(INCOMPLETE[stop_reason])
        try:
            self.value = self._format.parse(answer_of(turn))
        except OutputError as error:
            return error
        return None


def answer_of(turn: Turn) -> str:
    """Return the last document of a reply."""
    return next(reversed(turn.documents()), "")


def read_output(format_: OutputFormat | None, turn: Turn | None) -> Any:
    """Return the output of an earlier reply, such as one of a file; `None` if it has none."""
    reply = turn.reply if turn is not None else None
    if turn is None or reply is None or reply.status != "done":
        return None
    output = ReplyOutput(format_)
    output.complete(turn, reply.stop_reason)
    return output.value
