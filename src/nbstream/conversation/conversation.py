"""A conversation with Claude: its turns, its running reply, and the commands that a caller can give it.

All methods of a conversation must be called on one event loop. This module depends on no widget and no kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from ..claude.usage import UsageMeter, budgeted_total
from ..content.message import UserMessage
from ..core.block_info import block_info
from ..core.messages import build_messages
from ..core.ops import Status
from ..core.transcript import Transcript
from ..core.turn import RUNNING, Turn, find_question
from ..tools.calls import ToolRunner
from .budget import Budget, ReplyBill
from .observer import ConversationObserver, NullObserver
from .reply import Explain, ReplyRun, RunInThread
from .reply_limits import ReplyLimits
from .request.caller_fields import merge_fields
from .request.checks import check_request

Show = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
OpenBill = Callable[[dict[str, Any]], ReplyBill | None]
NewToolRunner = Callable[[Transcript, Callable[[], None]], ToolRunner | None]

COMPLETE = frozenset({"end_turn", "stop_sequence", "tool_use"})
"""The stop reasons that the Messages API gives to complete replies."""


class Conversation:
    """Turns with Claude, one at a time.

    Args:
        client: The async client, or `None` for the one that the environment describes.
        defaults: The fields that every request sends: `model`, `max_tokens` and so on.
        messages: Earlier turns, as the Messages API takes them.
        clock: Returns the seconds of a monotonic clock.
        run_in_thread: Runs slow functions without holding up the loop; see `ReplyRun`.
        budget: US dollars that all replies together may cost; `None` for no limit.
        open_bill: Called before a reply begins, with its first request. It returns the bill of this reply, or
            `None` if nobody keeps one. It raises `ValueError` with the reason if the reply may not begin. The bill
            limits the reply in addition to the budget. It is settled by the usage of this reply alone, because the
            conversation may show another answer by then.
        new_tool_runner: Creates the runner of one reply's tools. It gets the transcript and a function to call
            after every change, and returns `None` if there are no tools.
        show: Builds the description of a block that is sent to pages; see `Transcript`.
        explain: Explains a failure in one sentence; see `ReplyRun`.
        observer: Learns of every change, and of each reply's beginning and end.
        limits: The limits of each reply; see `ReplyLimits`.
    """

    def __init__(
        self,
        client: Any,
        defaults: Mapping[str, Any],
        messages: Iterable[Mapping[str, Any]],
        clock: Callable[[], float],
        run_in_thread: RunInThread = asyncio.to_thread,
        *,
        budget: float | None = None,
        open_bill: OpenBill = lambda _: None,
        new_tool_runner: NewToolRunner = lambda *_: None,
        show: Show = block_info,
        explain: Explain | None = None,
        observer: ConversationObserver | None = None,
        limits: ReplyLimits | None = None,
    ) -> None:
        self.transcript = Transcript(show)
        for message in messages:
            self.transcript.add_turn(message["role"], message["content"])
        self.run: ReplyRun | None = None
        # One meter per reply. Replies that were replaced cost money too, so their meters stay in this list.
        self.usage_meters: list[UsageMeter] = []
        # This future is done when the latest reply has ended and its request is closed.
        self.ended: Future[None] | None = None
        self.observer: ConversationObserver = observer or NullObserver()
        self._client = client
        self._defaults = defaults
        self._request: Mapping[str, Any] = {}
        self._clock = clock
        self._run_in_thread = run_in_thread
        self._budget = budget
        self._open_bill = open_bill
        # The bill of the latest reply that began.
        self._bill: ReplyBill | None = None
        self._new_tool_runner = new_tool_runner
        self._explain = explain
        self._limits = limits

    @property
    def status(self) -> Status:
        """The state of the latest reply."""
        return self.transcript.status

    @property
    def running(self) -> bool:
        """Whether a reply has been requested and has not ended yet."""
        return self.status in RUNNING

    @property
    def _budget_left(self) -> float | None:
        """The US dollars that may still be spent; `None` for no limit."""
        return None if self._budget is None else self._budget - budgeted_total(self.usage_meters)

    def validate(self, request: Mapping[str, Any]) -> None:
        """Refuse a request with an invalid field. This check is for callers in Python.

        Commands from a page are not checked here: an invalid one gets a failed reply that shows the reason.

        Args:
            request: The fields that this request sends beside or instead of the defaults.

        Raises:
            RuntimeError: The budget is spent.
            TypeError, ValueError: A field of the request is not valid.
        """
        check_request(merge_fields(self._defaults, request), self._client, self._budget)
        if self._budget_left is not None and self._budget_left <= 0:
            raise RuntimeError(
                f"This chat has spent its budget: about ${budgeted_total(self.usage_meters):.4f} of "
                f"${self._budget:g}. nbstream.chat(messages=chat.messages, budget=…) goes on with a new budget."
            )

    def ask(self, message: UserMessage, request: Mapping[str, Any], edits: str | None = None) -> None:
        """Open the next turn and start its reply.

        Args:
            message: The question.
            request: Fields that this request sends beside or instead of the defaults.
            edits: The id of the visible user turn that this message is an edited version of.

        Raises:
            RuntimeError: A reply is running.
        """
        self.check_idle()
        self.transcript.add_turn("user", message.blocks, self._predecessor(edits), message.previews)
        messages = self.transcript.messages()
        self.transcript.open_reply(self._clock())
        self._request = request
        self._start(messages)

    def retry(self) -> None:
        """Request the latest reply again. The old blocks stay until the new reply begins.

        Raises:
            RuntimeError: A reply is running, or nothing was asked yet.
        """
        self.check_idle()
        self.require_reply()
        messages = build_messages(self.transcript.turns[:-1])
        self.transcript.reopen_reply(self._clock(), is_continuation=False)
        self._start(messages, replaces=True)

    def continue_reply(self) -> None:
        """Keep the blocks of the latest reply, and have Claude continue it.

        Raises:
            RuntimeError: A reply is running, nothing was asked yet, or the latest reply is complete or has no text
                to continue.
        """
        self.check_idle()
        turn = self.require_reply()
        has_results = any(block.type == "tool_result" for block in turn.blocks)
        if turn.is_refused or turn.is_left_out or not (has_results or turn.text().strip()):
            raise RuntimeError("The answer has no text to continue; chat.retry() asks again.")
        if turn.reply is not None and turn.reply.stop_reason in COMPLETE:
            raise RuntimeError("The answer is complete; chat.ask(…) goes on with the conversation.")
        self.transcript.reopen_reply(self._clock(), is_continuation=True)
        self._start(self.transcript.messages(is_continuation=True))

    def regenerate(self) -> None:
        """Request another answer to the latest question. The present answer is kept as another version.

        Raises:
            RuntimeError: A reply is running, or nothing was asked yet.
        """
        self.check_idle()
        turn = self.require_reply()
        self.transcript.open_reply(self._clock(), turn.after)
        self._start(build_messages(self.transcript.turns[:-1]))

    def select_version(self, turn_id: str) -> None:
        """Make another version of a turn the visible one.

        Raises:
            RuntimeError: A reply is running.
            ValueError: No visible turn has such a version.
        """
        self.check_idle()
        self.transcript.select_version(turn_id)

    def reject(self, text: str, error: str, edits: str | None = None) -> None:
        """Add a question that cannot be sent, followed by a failed reply that gives the reason.

        Args:
            text: The question.
            error: The reason, in one sentence for the page.
            edits: As for `ask`.
        """
        self.transcript.add_turn("user", text, self._predecessor(edits))
        self.transcript.open_reply(self._clock())
        self.transcript.transition(Status.FAILED, self._clock(), error=error)
        self.observer.changed()

    def stop(self, reason: str, turn: str | None = None) -> None:
        """Stop the running reply.

        Args:
            reason: The stop reason that the reply ends with.
            turn: The id of the turn whose reply is to be stopped; `None` for whichever reply is running.
        """
        if self.run is not None and turn in (None, self.run.turn.id):
            self.run.stop(reason)

    def check_idle(self) -> None:
        """Raise `RuntimeError` if a reply is running. The error says how to wait for it or stop it."""
        if self.running:
            raise RuntimeError(
                "This chat is still answering. Wait for it (chat.wait()) or end it (chat.stop()), then ask again."
            )

    def require_reply(self) -> Turn:
        """Return the latest turn, which must be a reply.

        Raises:
            RuntimeError: The latest turn is not a reply. The error says how to ask a question.
        """
        turn = self.transcript.turns[-1] if self.transcript.turns else None
        if turn is None or turn.reply is None:
            raise RuntimeError("Nothing was asked yet; ask first, with chat.ask(…).")
        return turn

    def _predecessor(self, turn_id: str | None) -> str | None:
        """Return the id of the turn before the user turn `turn_id`; `None` if that user turn is not visible."""
        turn = find_question(self.transcript.turns, turn_id)
        return None if turn is None else turn.after

    def _start(self, messages: list[dict[str, Any]], *, replaces: bool = False) -> None:
        sent = {**merge_fields(self._defaults, self._request), "messages": messages}
        if self.ended is not None and not self.ended.done():
            # The previous reply was stopped, and its request is still being closed. Nothing more of it is read,
            # and the observer must learn of its end before the next reply starts.
            self._settle(self.run, self._bill)
            self.observer.ended()
            self.run = None
        try:
            bill = self._open_bill(sent)
        except ValueError as error:
            # The question may have come from a page, so the reason is shown as a failed reply and is not raised.
            self.transcript.transition(Status.FAILED, self._clock(), error=str(error))
            self.observer.changed()
            return
        run = ReplyRun(
            self.transcript,
            sent,
            self._client,
            self._clock,
            self.observer.changed,
            self._run_in_thread,
            replaces=replaces,
            tools=self._new_tool_runner(self.transcript, self.observer.changed),
            budget=Budget(self._budget_left, bill),
            explain=self._explain,
            limits=self._limits,
        )
        self.run, self.ended, self._bill = run, Future(), bill
        self.usage_meters.append(run.meter)
        self.observer.started()
        run.start().add_done_callback(partial(self._end, run, bill, self.ended))
        self.observer.changed()

    @staticmethod
    def _settle(run: ReplyRun | None, bill: ReplyBill | None) -> None:
        if run is not None and bill is not None:
            bill.settle(run.meter)

    def _end(self, run: ReplyRun, bill: ReplyBill | None, ended: Future[None], _: object) -> None:
        self._settle(run, bill)
        if self.run is run:
            self.observer.ended()
        ended.set_result(None)
        if self.run is run and self.status is Status.DONE:
            self.observer.finished()
