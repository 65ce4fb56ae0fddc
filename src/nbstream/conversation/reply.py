"""One reply, from its question to exactly one end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..claude.usage import estimate
from ..core.messages import messages_of
from ..core.ops import Status
from ..core.transcript import Transcript
from ..core.turn import Block, Turn
from ..tools.calls import ToolRunner
from .budget import Budget
from .reply_builder import ReplyBuilder
from .stall_watch import StallWatch

log = logging.getLogger("nbstream")

RunInThread = Callable[..., Awaitable[Any]]
Explain = Callable[[BaseException], str]

DRAIN = 1.0
"""Seconds in which a server may close a reply it has finished; a connection that ends well is used again."""

PAUSES = 20
"""How often a reply goes on by itself after `pause_turn`. The API pauses after some ten rounds of its own tools,
so this is two hundred of them, and an end to a reply that would have none."""

ROUNDS = 50
"""How often a reply goes on by itself with the results of its calls: an agent at work needs some dozen rounds, and
a loop that has lost its way must have an end."""

NO_SDK = "Claude cannot be asked from here at the moment."
"""What those are told who do not own the account, where the SDK cannot be loaded."""


class ReplyRun:
    """Streams one reply from Claude into the transcript. Lives on one loop, and only there.

    Args:
        transcript: Where the reply goes; its latest turn waits for it.
        request: What `messages.create` takes.
        client: The async client, or `None` for the one the environment describes.
        clock: Seconds of a monotonic clock.
        changed: Called after every change of the transcript.
        aside: Runs what takes long without holding up the loop, where it can: the import takes a second, a
            client's certificates 50 ms, and meanwhile a Stop must be heard and other replies go on.
        replaces: The turn holds an earlier reply, which goes when this one begins.
        calls: Runs the tools that Claude calls.
        allowance: What it may cost; where its estimate gets there, it is stopped.
        explain: Says in a sentence why it failed; by default to the owner of the account.
    """

    def __init__(
        self,
        transcript: Transcript,
        request: Mapping[str, Any],
        client: Any,
        clock: Callable[[], float],
        changed: Callable[[], None],
        aside: RunInThread = asyncio.to_thread,
        *,
        replaces: bool = False,
        calls: ToolRunner | None = None,
        allowance: Budget | None = None,
        explain: Explain | None = None,
    ) -> None:
        self.turn: Turn = transcript.turns[-1]
        self.error: BaseException | None = None
        self._writer = ReplyBuilder(transcript, clock, replaces=replaces)
        self.bill = self._writer.bill
        self.bill.model = str(request.get("model"))
        self._writer.on_text = self._feed
        self._transcript = transcript
        self._request = request
        self._client = client
        self._clock = clock
        self._changed = changed
        self._aside = aside
        self._calls = calls
        self._allowance = allowance or Budget()
        self._explain = explain
        self._pauses = self._rounds = 0
        self._task: asyncio.Task[None] | None = None
        self._claude: Any = None
        self._silence = StallWatch(clock, self._tell_quiet, self._give_up)
        self._opened = False
        self._over = False
        self._feeds: list[Callable[[str | None], None]] = []

    @property
    def message(self) -> dict[str, Any]:
        """The SDK's message so far, without its content."""
        return self._writer.message

    @property
    def running(self) -> bool:
        """This run has not ended; its turn may have been asked for once more since it has."""
        return not self._over

    def start(self) -> asyncio.Task[None]:
        """Begin, on the running loop."""
        self._task = asyncio.create_task(self._run(), name=f"nbstream {self.turn.id}")
        return self._task

    def stop(self, reason: str) -> None:
        """End the reply and its request now. The first reason counts; after the end it does nothing."""
        if self.running and self._task is not None:
            # Ended here and not where the cancellation arrives: a task that has not begun yet never hears of it.
            self._end(Status.STOPPED, stop_reason=reason)
            self._task.cancel()

    def approve(self, call: str, run: bool) -> None:
        """The reader has decided whether a call may run."""
        if self._calls is not None:
            self._calls.approve(call, run)

    def subscribe(self, feed: Callable[[str | None], None]) -> None:
        """Give the answer's text until now, then every further piece of it, to `feed`, and `None` at its end."""
        self._feeds.append(feed)
        feed(self._writer.text())
        if not self.running:
            feed(None)

    def unsubscribe(self, feed: Callable[[str | None], None]) -> None:
        """End a subscription."""
        if feed in self._feeds:
            self._feeds.remove(feed)

    async def _run(self) -> None:
        try:
            await self._ask_until_answered()
        except asyncio.CancelledError:
            if self._silence.is_over and self.running:
                self._fail(self._claude.fell_silent(self._silence.end_after))
            elif self.running:
                # A cancellation that nobody asked for here is the loop's end, which must go its way.
                self._end(Status.STOPPED, stop_reason="closed")
                raise
        except Exception as error:
            if self.running:
                log.debug("reply %s failed", self.turn.id, exc_info=True)
                self._fail(error)

    async def _ask_until_answered(self) -> None:
        self._claude = claude = await self._aside(_import_claude)
        loop = asyncio.get_running_loop()
        client = await self._aside(claude.client_for_this_loop, self._client, loop)
        request = self._request
        attempt = 0
        while self.running:
            try:
                await self._answer(client, request)
            except Exception as error:
                if not self.running:
                    return
                attempt += 1
                # What fails before the stream is open the SDK has tried again already.
                final = not self._opened or self._writer.shown or attempt > client.max_retries
                if final or not claude.may_try_again(error):
                    raise
                self._writer.start_over()
                self._changed()
                await asyncio.sleep(claude.backoff(attempt))
            else:
                if not self.running or not await self._may_go_on():
                    return
                self._writer.next_message()
                messages = messages_of(self._transcript.turns, running=True)
                request = {**self._request, "messages": messages}

    def _goes_on(self, reason: str) -> bool:
        """Whether another request follows by itself."""
        if reason == "pause_turn":
            self._pauses += 1
            return self._pauses <= PAUSES
        return reason == "tool_use" and bool(self._due_calls())

    def _due_calls(self) -> list[Block]:
        return self._calls.of(self._writer.message_blocks) if self._calls is not None else []

    async def _may_go_on(self) -> bool:
        """Make the calls that are due, as often as a reply may."""
        if self._calls is not None and (calls := self._due_calls()):
            await self._calls.run(calls)
            self._rounds += 1
            if self._rounds == ROUNDS:
                self._end(Status.STOPPED, stop_reason="rounds")
        return self.running

    async def _answer(self, client: Any, request: Mapping[str, Any]) -> None:
        """Read one message, to its end or to the first of its pauses."""
        if (permitted := self._allowance.of(request, self.bill)) is None:
            self._end(Status.STOPPED, stop_reason="budget")
            return
        self._opened = False
        with self._silence.watched(f"nbstream {self.turn.id} silence"):
            async with self._claude.open_events(
                client, permitted, self._silence.heard, self._silence.held
            ) as events:
                self._opened = True
                await self._read(events)

    async def _read(self, events: Any) -> None:
        loop = asyncio.get_running_loop()
        reason = None
        try:
            async with asyncio.timeout(None) as limit:
                async for event in events:
                    if reason is None:
                        reason = self._writer.take(event)
                        if reason is not None and self.running and not self._goes_on(reason):
                            self._end(Status.DONE, stop_reason=self.message.get("stop_reason"))
                    if reason is not None:
                        limit.reschedule(loop.time() + DRAIN)
                    # With the last count of a message all of it has come.
                    elif self._allowance.is_spent(self.bill) and event.type != "message_delta":
                        self._end(Status.STOPPED, stop_reason="budget")
                        return
                    self._changed()
        except Exception:
            if reason is None:
                raise
        if reason is None:
            raise self._claude.cut_short()

    def _tell_quiet(self, since: float, until: float | None) -> None:
        if self.running:
            self._transcript.quiet(since, until)
            self._changed()

    def _give_up(self) -> None:
        if self.running and self._task is not None:
            self._task.cancel()

    def _feed(self, text: str | None) -> None:
        for feed in self._feeds:
            feed(text)

    def _fail(self, error: BaseException) -> None:
        self.error = error
        if self._claude is None:
            if self._explain is not None:
                # It would need the SDK as well.
                log.warning("Claude's SDK cannot be used: %r", error)
            self._end(Status.FAILED, error=repr(error) if self._explain is None else NO_SDK)
            return
        seconds, now = self._claude.retry_after(error), self._clock()
        at = None if seconds is None else now + seconds
        self._end(Status.FAILED, now, error=(self._explain or self._claude.explain)(error), retry_at=at)

    def _end(self, status: Status, now: float | None = None, **more: Any) -> None:
        if not self.running:
            return
        now = self._clock() if now is None else now
        self._writer.close()
        if self._calls is not None:
            self._calls.stop()
        cost = estimate(self.bill)
        self._transcript.move(status, now, usage=self.bill.usage(), cost=cost, **more)
        self._over = True
        self._feed(None)
        self._changed()


def _import_claude() -> Any:
    from ..claude import client as claude

    return claude
