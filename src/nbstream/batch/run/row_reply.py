"""Reply to one row: the request that a row sends, and its outcome once it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ...content.message import UserMessage
from ...conversation.replies import NewToolRunner
from ...conversation.reply.limits import ReplyLimits
from ...conversation.reply.run import ReplyRun
from ...conversation.request.output_fields import output_format_of
from ...core.ops import Status
from ...core.transcript import Transcript
from ...output.output_error import OutputError
from ...output.output_format import OutputFormat
from ...output.reply_output import answer_of

INCOMPLETE = {
    "max_tokens": "The answer reached max_tokens before it was complete; a higher max_tokens leaves more room.",
    "model_context_window_exceeded": "The prompt filled the model's context window before the answer ended.",
    "refusal": "Claude declined to answer this row.",
    "rounds": "The answer called tools until max_rounds; a higher max_rounds leaves more room.",
    "tool_use": "The answer ends with the call of a tool that no function of yours runs.",
}
"""The error's sentence, by the stop reason of a reply that has ended without its whole answer."""


class Outcome(Enum):
    """How the reply to a row has ended."""

    ANSWERED = auto()
    STOPPED = auto()
    FAILED = auto()
    """The request failed; `recovery_of` tells what to do."""
    NO_OUTPUT = auto()
    """Claude has answered, and the answer is cut off, declined, or not of the type that was asked for."""


@dataclass(frozen=True)
class RowEnd:
    """The end of a row's reply.

    Attributes:
        outcome: How it ended.
        value: The output, or the text; `None` without an answer.
        text: The answer as Claude wrote it.
        error: The error of a reply without an answer.
        record: JSON-ready data about the answer, for the file.
    """

    outcome: Outcome
    value: Any = None
    text: str = ""
    error: Exception | None = None
    record: Mapping[str, Any] | None = None

    @property
    def is_answer(self) -> bool:
        """Whether Claude has answered, with what was asked for or not."""
        return self.outcome in (Outcome.ANSWERED, Outcome.NO_OUTPUT)


class RowAsker:
    """Asks for the replies to rows, all with the same fields. Use it on one event loop only.

    Args:
        client: The async client. It must not repeat requests by itself: the run repeats them, at the pace of all.
        request: The fields that every request sends, without messages.
        messages: The messages before each row's own.
        clock: Returns the seconds of a monotonic clock.
        limits: The limits of each reply.
        new_tool_runner: Makes the runner of each reply's tools; see `Conversation`.
    """

    def __init__(
        self,
        client: Any,
        request: Mapping[str, Any],
        messages: Sequence[Mapping[str, Any]],
        clock: Callable[[], float],
        limits: ReplyLimits | None = None,
        new_tool_runner: NewToolRunner = lambda *_: None,
    ) -> None:
        self.client = client
        self._request = request
        self._messages = list(messages)
        self._clock = clock
        self._limits = limits
        self._new_tool_runner = new_tool_runner
        self._format = output_format_of(request)

    def new_reply(self, message: UserMessage, changed: Callable[[], None]) -> ReplyRun:
        """Return the reply to a row, ready to be started.

        Args:
            message: The row's message.
            changed: Called after every event of the reply.
        """
        transcript = Transcript(lambda *_: {})
        for earlier in self._messages:
            transcript.add_turn(earlier["role"], earlier["content"])
        transcript.add_turn("user", message.blocks)
        transcript.open_reply(self._clock())
        messages = [*self._messages, {"role": "user", "content": list(message.blocks)}]
        return ReplyRun(
            transcript,
            {**self._request, "messages": messages},
            self.client,
            self._clock,
            changed,
            _run_inline,
            tools=self._new_tool_runner(transcript, changed),
            limits=self._limits,
        )

    def end_of(self, run: ReplyRun) -> RowEnd:
        """Return the end of a reply that has ended."""
        reply = run.turn.reply
        assert reply is not None
        if reply.status is Status.FAILED and not isinstance(run.error, OutputError):
            error = run.error if isinstance(run.error, Exception) else RuntimeError(repr(run.error))
            return RowEnd(Outcome.FAILED, error=error)
        reason = reply.stop_reason or ""
        if reply.status is Status.STOPPED and reason != "rounds":
            return RowEnd(Outcome.STOPPED)
        text = run.turn.text() if self._format is None else answer_of(run.turn)
        if reason in INCOMPLETE:
            return RowEnd(Outcome.NO_OUTPUT, text=text, error=OutputError(INCOMPLETE[reason]))
        if isinstance(run.error, OutputError):
            return RowEnd(Outcome.NO_OUTPUT, text=text, error=run.error)
        value = text if self._format is None else run.output
        usage = {name: count for name, count in run.meter.usage().items() if isinstance(count, int)}
        record = {"text": text, "model": str(run.message.get("model") or ""), "usage": usage}
        return RowEnd(Outcome.ANSWERED, value, text, record=record)

    def read(self, text: str) -> RowEnd:
        """Return the end of a reply of an earlier run, of which the text is known."""
        return RowEnd(*_value_of(text, self._format))


def _value_of(text: str, format_: OutputFormat | None) -> tuple[Outcome, Any, str, Exception | None]:
    if format_ is None:
        return Outcome.ANSWERED, text, text, None
    try:
        return Outcome.ANSWERED, format_.parse(text), text, None
    except OutputError as error:
        return Outcome.NO_OUTPUT, None, text, error


async def _run_inline(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function on the loop. For a row they are all fast: the run has loaded the SDK and the client."""
    return function(*args)
