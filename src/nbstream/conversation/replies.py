"""The replies of one conversation, one after the other: each gets its bill, is started, and is settled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from ..claude.usage import UsageMeter, budgeted_total
from ..core.ops import Status
from ..core.transcript import Transcript
from ..tools.calls import ToolRunner
from .budget import Budget, ReplyBill
from .observer import ConversationObserver
from .reply.failure import Explain
from .reply.limits import ReplyLimits
from .reply.run import ReplyRun, RunInThread

OpenBill = Callable[[dict[str, Any]], ReplyBill | None]
"""Called before a reply begins, with its first request. It returns the bill of this reply, or `None` if no bill is
kept. It raises `ValueError` with the reason if the reply may not begin. The bill limits the reply in addition to
the budget. It is settled by the usage of this reply alone, because the conversation may show another answer by
then."""

NewToolRunner = Callable[[Transcript, Callable[[], None]], ToolRunner | None]
"""Creates the runner of one reply's tools from the transcript and a function to call after every change; `None` if
there are no tools."""


class Replies:
    """Starts the replies of a conversation and settles their bills; see `Conversation` for the arguments.

    Attributes:
        run: The latest reply; `None` before the first one.
        ended: A future that is done when the latest reply has ended and its request is closed.
        meters: One meter for each reply. Replies that were replaced cost money too, so theirs stay in the list.
        budget: US dollars that all replies together may cost; `None` for no limit.
    """

    def __init__(
        self,
        transcript: Transcript,
        client: Any,
        clock: Callable[[], float],
        observer: ConversationObserver,
        run_in_thread: RunInThread,
        *,
        budget: float | None,
        open_bill: OpenBill,
        new_tool_runner: NewToolRunner,
        explain: Explain | None,
        limits: ReplyLimits | None,
    ) -> None:
        self.run: ReplyRun | None = None
        self.ended: Future[None] | None = None
        self.meters: list[UsageMeter] = []
        self.budget = budget
        self._transcript = transcript
        self._client = client
        self._clock = clock
        self._observer = observer
        self._run_in_thread = run_in_thread
        self._open_bill = open_bill
        # The bill of the latest reply that began.
        self._bill: ReplyBill | None = None
        self._new_tool_runner = new_tool_runner
        self._explain = explain
        self._limits = limits

    def check_budget(self) -> None:
        """Raise `RuntimeError`, with advice, if the budget is spent."""
        left = self._budget_left
        if left is not None and left <= 0:
            raise RuntimeError(
                f"This chat has spent its budget: about ${budgeted_total(self.meters):.4f} of ${self.budget:g}. "
                "nbstream.chat(messages=chat.messages, budget=…) goes on with a new budget."
            )

    def start(self, request: dict[str, Any], *, replaces: bool) -> None:
        """Start the reply that the transcript's latest turn waits for.

        Args:
            request: The arguments of `messages.create`.
            replaces: Whether the turn holds an earlier reply, which is removed when this one begins.
        """
        if self.ended is not None and not self.ended.done():
            # The previous reply was stopped, and its request is still being closed. Nothing more of it is read,
            # and the observer must learn of its end before the next reply starts.
            self._settle(self.run, self._bill)
            self._observer.ended()
            self.run = None
        try:
            bill = self._open_bill(request)
        except ValueError as error:
            # The question may have come from a page, so the reason is shown as a failed reply and is not raised.
            self.reject(str(error))
            return
        run = ReplyRun(
            self._transcript,
            request,
            self._client,
            self._clock,
            self._observer.changed,
            self._run_in_thread,
            replaces=replaces,
            tools=self._new_tool_runner(self._transcript, self._observer.changed),
            budget=Budget(self._budget_left, bill),
            explain=self._explain,
            limits=self._limits,
            slack_seconds=self._observer.slack_seconds,
        )
        self.run, self.ended, self._bill = run, Future(), bill
        self.meters.append(run.meter)
        self._observer.started()
        run.start().add_done_callback(partial(self._end, run, bill, self.ended))
        self._observer.changed()

    def reject(self, error: str) -> None:
        """End the reply that waits before its request is sent, with the reason in one sentence for the page."""
        self._transcript.transition(Status.FAILED, self._clock(), error=error)
        self._observer.changed()

    @property
    def _budget_left(self) -> float | None:
        """The US dollars that may still be spent; `None` for no limit."""
        return None if self.budget is None else self.budget - budgeted_total(self.meters)

    @staticmethod
    def _settle(run: ReplyRun | None, bill: ReplyBill | None) -> None:
        if run is not None and bill is not None:
            bill.settle(run.meter)

    def _end(self, run: ReplyRun, bill: ReplyBill | None, ended: Future[None], _: object) -> None:
        self._settle(run, bill)
        if self.run is run:
            self._observer.ended()
        ended.set_result(None)
        if self.run is run and self._transcript.status is Status.DONE:
            self._observer.finished()
