"""One reply, from its first request to exactly one end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ...claude.context import context_percent
from ...claude.sdk_import import import_sdk
from ...claude.usage import estimate
from ...core.messages import build_messages
from ...core.ops import EndCause, Status
from ...core.transcript import Transcript
from ...core.turn import Turn
from ...output.reply_output import ReplyOutput
from ...tools.calls import ToolRunner
from ..budget import Budget
from ..request.form import RequestForm
from ..request.output_fields import fit_output_format, output_format_of, text_data
from ..summary import can_be_summarized
from .attempts import Attempts
from .builder import ReplyBuilder
from .exchange import Exchange
from .failure import Explain, describe_failure
from .limits import CONTEXT_FULL, ReplyLimits, with_free_tool_choice
from .rounds import Rounds
from .stall_watch import StallWatch
from .text_subscribers import TextSubscriber, TextSubscribers

log = logging.getLogger("nbstream")

RunInThread = Callable[..., Awaitable[Any]]


class ReplyRun:
    """Streams one reply from Claude into the transcript. Use it on one event loop only.

    Args:
        transcript: The transcript, whose latest turn waits for the reply.
        request: The arguments of `messages.create`.
        client: The async client, or `None` for the one that the environment describes.
        clock: Returns the seconds of a monotonic clock.
        changed: Called after every change of the transcript.
        run_in_thread: Runs slow functions without holding up the loop, where that is possible. Importing the SDK
            takes a second and loading a client's certificates takes 50 ms; a Stop must be handled meanwhile.
        replaces: Whether the turn holds an earlier reply, which is removed when this one begins.
        tools: Runs the tools that Claude calls.
        budget: The US dollars that the reply may cost. The reply is stopped when its estimated cost reaches them.
        explain: Explains a failure in one sentence. The default explains it to the owner of the API account.
        limits: The limits of the reply, in addition to its budget.
        slack_seconds: Returns for how many seconds new text may stay unread; see `ConversationObserver`.

    Attributes:
        turn: The turn that the reply is written to.
        meter: The tokens and costs of the reply.
        error: The exception that ended the reply, or `None`.
    """

    def __init__(
        self,
        transcript: Transcript,
        request: Mapping[str, Any],
        client: Any,
        clock: Callable[[], float],
        changed: Callable[[], None],
        run_in_thread: RunInThread = asyncio.to_thread,
        *,
        replaces: bool = False,
        tools: ToolRunner | None = None,
        budget: Budget | None = None,
        explain: Explain | None = None,
        limits: ReplyLimits | None = None,
        slack_seconds: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.turn: Turn = transcript.turns[-1]
        self.error: BaseException | None = None
        self._subscribers = TextSubscribers()
        self._output = ReplyOutput(output_format_of(request))
        self._builder = ReplyBuilder(
            transcript,
            clock,
            str(request.get("model")),
            on_text=self._subscribers.publish,
            replaces=replaces,
            text_data=text_data(request),
        )
        self.meter = self._builder.meter
        self._transcript = transcript
        self._request = fit_output_format(request, self.turn, replaces=replaces)
        self._client = client
        self._clock = clock
        self._changed = changed
        self._run_in_thread = run_in_thread
        self._tools = tools
        self._explain = explain
        self._limits = limits or ReplyLimits()
        self._rounds = Rounds(self._builder, tools, self._limits.max_tool_rounds)
        self._task: asyncio.Task[None] | None = None
        self._is_sdk_loaded = False
        self._stall_watch = StallWatch(clock, self._report_stall, self._abort_stalled)
        self._exchange = Exchange(
            self._builder,
            budget or Budget(),
            self._stall_watch,
            is_running=lambda: self.running,
            continues=self._rounds.continues,
            end=self._end,
            changed=changed,
            slack_seconds=slack_seconds,
        )
        self._has_ended = False

    @property
    def message(self) -> dict[str, Any]:
        """The SDK's message so far, without its content."""
        return self._builder.message

    @property
    def output(self) -> Any:
        """The reply as the type that was asked for; `None` until it is complete."""
        return self._output.value

    @property
    def running(self) -> bool:
        """Whether this run has not ended yet.

        The turn does not show this, because its reply may have been requested again in a later run.
        """
        return not self._has_ended

    def start(self) -> asyncio.Task[None]:
        """Start the reply on the running loop, and return its task."""
        self._task = asyncio.create_task(self._run(), name=f"nbstream {self.turn.id}")
        return self._task

    def stop(self, reason: str) -> None:
        """End the reply and cancel its request. Do nothing if the reply has ended already."""
        if self.running and self._task is not None:
            # The end is recorded here and not where the task handles its cancellation, because a task that is
            # cancelled before its first step never runs.
            self._end(Status.STOPPED, stop_reason=reason)
            self._task.cancel()

    def approve(self, call: str, run: bool, *, always: bool = False) -> None:
        """Let a call run, or refuse it, as the user decided; see `ToolRunner.approve`."""
        if self._tools is not None:
            self._tools.approve(call, run, always=always)

    def subscribe(self, subscriber: TextSubscriber) -> None:
        """Call `subscriber` with the answer's text so far, then with each new piece, and finally with `None`."""
        self._subscribers.add(subscriber, self._builder.text(), has_ended=self._has_ended)

    def unsubscribe(self, subscriber: TextSubscriber) -> None:
        """End a subscription."""
        self._subscribers.remove(subscriber)

    async def _run(self) -> None:
        try:
            await self._ask_until_answered()
        except asyncio.CancelledError:
            if self._stall_watch.timed_out and self.running:
                from ...claude.failures import errors

                self._fail(errors.stalled_error(self._stall_watch.end_after))
            elif self.running:
                # Neither a stop nor a stall cancelled the task: the loop is closing, so the cancellation goes on.
                self._end(Status.STOPPED, stop_reason="closed")
                raise
        except Exception as error:
            if self.running:
                log.debug("reply %s failed", self.turn.id, exc_info=True)
                self._fail(error)

    async def _ask_until_answered(self) -> None:
        await self._run_in_thread(import_sdk)
        self._is_sdk_loaded = True
        from ...claude import client as claude
        from ...claude.failures.refusals import is_lasting, named_fields

        client = await self._run_in_thread(claude.client_for_this_loop, self._client, asyncio.get_running_loop())
        request, model = self._request, str(self._request.get("model"))
        attempts = Attempts(
            client,
            self._exchange,
            self._builder,
            RequestForm(self._transcript, str(client.base_url), model, named_fields, is_lasting),
            self._limits.stall_timeout_seconds or claude.read_timeout_seconds(client),
            is_running=lambda: self.running,
            changed=self._changed,
        )
        while self.running:
            await attempts.run(request)
            if self.running and not await self._rounds.run_calls():
                self._end(Status.STOPPED, stop_reason="rounds")
            if self.running:
                self._builder.next_message()
                messages = build_messages(self._transcript.turns, is_running=True)
                request = {**with_free_tool_choice(self._request), "messages": messages}

    def _report_stall(self, since: float, until: float | None) -> None:
        if self.running:
            self._transcript.report_stall(since, until)
            self._changed()

    def _abort_stalled(self) -> None:
        if self.running and self._task is not None:
            self._task.cancel()

    def _fail(self, error: BaseException) -> None:
        self.error = error
        failure = describe_failure(error, self._explain, is_sdk_loaded=self._is_sdk_loaded)
        now, seconds = self._clock(), failure.retry_after_seconds
        # After the results of calls, the API may refuse one of these results.
        may_be_sent = self.turn.has_answer and not (self._rounds.tool_rounds and failure.refuses_content)
        self._end(
            Status.FAILED,
            now,
            error=failure.text,
            retry_at=None if seconds is None else now + seconds,
            is_left_out=failure.is_error_answer and not may_be_sent,
            cause=self._cause_of_full_context if failure.is_too_long else None,
        )

    @property
    def _cause_of_full_context(self) -> EndCause | None:
        return "context_full" if can_be_summarized(self._transcript.turns) else None

    def _end(
        self, status: Status, now: float | None = None, *, stop_reason: str | None = None, **more: Any
    ) -> None:
        if not self.running:
            return
        now = self._clock() if now is None else now
        self._builder.close()
        if status is Status.DONE and (error := self._output.complete(self.turn, stop_reason)) is not None:
            self.error = error
            if error.is_misfit:
                status, stop_reason, more = Status.FAILED, None, {"error": str(error), "cause": "misfit"}
        if stop_reason == CONTEXT_FULL:
            more["cause"] = self._cause_of_full_context
        if self._tools is not None:
            self._tools.stop()
        usage = self.meter.usage()
        more |= {"cost": estimate(self.meter), "context_percent": context_percent(self.meter.model, usage)}
        self._transcript.transition(status, now, stop_reason=stop_reason, usage=usage, **more)
        self._has_ended = True
        self._subscribers.publish(None)
        self._changed()
