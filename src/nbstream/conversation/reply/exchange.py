"""Exchange with the API: one request of a reply, and the message that answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ...core.ops import Status
from ..budget import Budget
from ..request.form import RequestForm
from .builder import ReplyBuilder
from .stall_watch import StallWatch

DRAIN_SECONDS = 1.0
"""Time for which the end of the HTTP response is awaited after a finished reply. A connection whose response was
read to its end can be used again."""


class End(Protocol):
    """Function that ends the reply, if it has not ended yet."""

    def __call__(self, status: Status, *, stop_reason: str | None) -> None:
        """End the reply."""


class Exchange:
    """Sends one request of a reply, and writes the message that answers it. Use it on one event loop only.

    Args:
        builder: Writes the message's events to the turn.
        budget: The US dollars that the reply may cost.
        watch: Watches for stalls.
        is_running: Tells whether the reply has not ended yet.
        continues: Tells whether the reply goes on after a message with this stop reason. Called once a message.
        end: Ends the reply.
        changed: Called after the events of every read.
        slack_seconds: Returns for how many seconds new events may stay unread.

    Attributes:
        is_open: Whether the stream of the latest request was opened.
    """

    def __init__(
        self,
        builder: ReplyBuilder,
        budget: Budget,
        watch: StallWatch,
        *,
        is_running: Callable[[], bool],
        continues: Callable[[str], bool],
        end: End,
        changed: Callable[[], None],
        slack_seconds: Callable[[], float],
    ) -> None:
        self.is_open = False
        self._builder = builder
        self._meter = builder.meter
        self._budget = budget
        self._watch = watch
        self._is_running = is_running
        self._continues = continues
        self._end = end
        self._changed = changed
        self._slack_seconds = slack_seconds

    async def run(
        self, client: Any, request: Mapping[str, Any], form: RequestForm, stall_timeout_seconds: float | None
    ) -> None:
        """Send one request and read the message that answers it.

        Args:
            client: The client that sends it.
            request: The arguments of `messages.create`.
            form: Brings the request into the form in which it is sent.
            stall_timeout_seconds: Silence after which the request is aborted; `None` for the default of `watch`.
        """
        from ...claude.event_stream import open_events
        from ...claude.failures import errors

        bounded = await self._budget.bound(request, self._meter)
        if bounded is None:
            self._end(Status.STOPPED, stop_reason="budget")
        # A cancellation can be swallowed on its way to the object that authorizes the request.
        if bounded is None or not self._is_running():
            return
        self.is_open = False
        watch = self._watch
        with watch.watch("nbstream stall", stall_timeout_seconds):
            async with open_events(
                client,
                form.apply(bounded),
                watch.activity,
                watch.backing_off,
                self._meter,
                self._budget.before_retry(self._meter),
                lambda: self._slack_seconds() if self._is_running() else 0.0,
            ) as batches:
                self.is_open = True
                if not await self._read(batches):
                    raise errors.truncated_error()
        form.accepted()

    async def _read(self, batches: Any) -> bool:
        """Write a message's events to the turn, and return whether the stream reached the message's end."""
        loop = asyncio.get_running_loop()
        is_complete = False
        try:
            async with asyncio.timeout(None) as limit:
                async for events in batches:
                    if not is_complete:
                        is_complete = self._write(events)
                        self._changed()
                    if is_complete:
                        limit.reschedule(loop.time() + DRAIN_SECONDS)
                    elif not self._is_running():
                        return True
        except Exception:
            if not is_complete:
                raise
        return is_complete

    def _write(self, events: Sequence[Mapping[str, Any]]) -> bool:
        """Write events to the turn until the budget is spent, and return whether the message has ended."""
        for event in events:
            reason = self._builder.apply(event)
            if reason is not None:
                if self._is_running() and not self._continues(reason):
                    self._end(Status.DONE, stop_reason=self._builder.message.get("stop_reason"))
                return True
            # A `message_delta` has the final token count of a message that is already complete, so a stop at this
            # event would save nothing.
            if self._budget.is_spent(self._meter) and event.get("type") != "message_delta":
                self._end(Status.STOPPED, stop_reason="budget")
                return False
        return False
