"""A conversation with Claude: what was said, which reply runs, what the next request sends.

It lives on one loop. Nothing here knows a widget or a kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from ..claude.usage import UsageMeter, total
from ..content.blocks import Content
from ..core.block_info import shown
from ..core.messages import messages_of
from ..core.ops import Status
from ..core.transcript import Transcript
from ..core.turn import RUNNING, Turn
from ..tools.calls import ToolRunner
from .budget import AuthorizeMore, Budget
from .reply import Explain, ReplyRun, RunInThread
from .request import check_request

Show = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
Authorize = Callable[[dict[str, Any]], float | None]
NewCalls = Callable[[Transcript, Callable[[], None]], ToolRunner | None]

COMPLETE = frozenset({"end_turn", "stop_sequence", "tool_use"})
"""The Messages API's stop reasons after which nothing is missing."""


class Conversation:
    """Turns with Claude, one at a time.

    Args:
        client: The async client, or `None` for the one the environment describes.
        defaults: What every request sends: `model`, `max_tokens` and so on.
        messages: Earlier turns, as the Messages API takes them.
        clock: Seconds of a monotonic clock.
        aside: Runs what takes long without holding up the loop; see `ReplyRun`.
        budget: US dollars that all its replies together may cost.
        permit: Asked as a reply begins, with what it is about to send, which it may bound; gives the US dollars
            that it may cost beside the budget, `None` for any, or raises `ValueError` with why it may not begin.
        permit_more: The same for each further request of a reply; see `Allowance`.
        new_calls: Makes what runs the tools of one reply, from the transcript and whom to tell of changes.
        show: What a page is shown of a block; see `Transcript`.
        explain: Says why a reply failed; see `ReplyRun`.
    """

    def __init__(
        self,
        client: Any,
        defaults: Mapping[str, Any],
        messages: Iterable[Mapping[str, Any]],
        clock: Callable[[], float],
        aside: RunInThread = asyncio.to_thread,
        *,
        budget: float | None = None,
        permit: Authorize = lambda _: None,
        permit_more: AuthorizeMore | None = None,
        new_calls: NewCalls = lambda *_: None,
        show: Show = shown,
        explain: Explain | None = None,
    ) -> None:
        self.transcript = Transcript(show)
        for message in messages:
            self.transcript.add_turn(message["role"], message["content"])
        self.run: ReplyRun | None = None
        # Of all replies, those too that another one has replaced: they are paid for.
        self.bills: list[UsageMeter] = []
        # Done when the latest reply has ended and its request is closed.
        self.ended: Future[None] | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_start: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        # A reply ended as it should, and the next may follow.
        self.on_done: Callable[[], None] = lambda: None
        self._client = client
        self._defaults = defaults
        self._request: Mapping[str, Any] = {}
        self._clock = clock
        self._aside = aside
        self._budget = budget
        self._permit = permit
        self._permit_more = permit_more
        self._new_calls = new_calls
        self._explain = explain

    @property
    def status(self) -> Status:
        """The state of the latest reply."""
        return self.transcript.status

    @property
    def running(self) -> bool:
        """A reply is being waited for or streams."""
        return self.status in RUNNING

    @property
    def _left(self) -> float | None:
        """US dollars that may still be spent."""
        return None if self._budget is None else self._budget - (total(self.bills) or 0.0)

    def check(self, request: Mapping[str, Any]) -> None:
        """Refuse what cannot be asked here. A page's wish is not checked: its reply ends at once and says why.

        Raises:
            RuntimeError: The budget is spent.
            TypeError, ValueError: What a request sends cannot be right.
        """
        check_request({**self._defaults, **request}, self._client, self._budget)
        if self._left is not None and self._left <= 0:
            raise RuntimeError(
                f"This chat has spent its budget: about ${total(self.bills) or 0.0:.4f} of ${self._budget:g}. "
                "nbstream.chat(messages=chat.messages, budget=…) goes on with another."
            )

    def ask(self, content: Content, request: Mapping[str, Any], edits: str | None = None) -> None:
        """Open the next turn and start its reply.

        Args:
            content: What is asked.
            request: What this request sends beside or instead of the defaults.
            edits: The id of the user turn in sight that this message is an edited version of.

        Raises:
            RuntimeError: A reply is running.
        """
        self.check_idle()
        self.transcript.add_turn("user", content, self._place_of(edits))
        messages = self.transcript.messages()
        self.transcript.ask(self._clock())
        self._request = request
        self._start(messages)

    def retry(self) -> None:
        """Ask for the latest reply again. What it holds stays until the new one begins.

        Raises:
            RuntimeError: A reply is running, or none was asked for.
        """
        self.check_idle()
        self.check_asked()
        messages = messages_of(self.transcript.turns[:-1])
        self.transcript.ask_again(self._clock(), go_on=False)
        self._start(messages, replaces=True)

    def go_on(self) -> None:
        """Keep what came of the latest reply, and have Claude go on from there.

        Raises:
            RuntimeError: A reply is running, none was asked for, or there is nothing to go on from.
        """
        self.check_idle()
        turn = self.check_asked()
        results = any(block.type == "tool_result" for block in turn.blocks)
        if turn.refused or not (results or turn.text().strip()):
            raise RuntimeError("Nothing of the answer is there to go on from; chat.retry() asks again.")
        if turn.reply is not None and turn.reply.stop_reason in COMPLETE:
            raise RuntimeError("The answer is complete; chat.ask(…) goes on with the conversation.")
        self.transcript.ask_again(self._clock(), go_on=True)
        self._start(self.transcript.messages(go_on=True))

    def regenerate(self) -> None:
        """Answer the latest question once more; the answer that there is stays as another version.

        Raises:
            RuntimeError: A reply is running, or none was asked for.
        """
        self.check_idle()
        turn = self.check_asked()
        self.transcript.ask(self._clock(), turn.after)
        self._start(messages_of(self.transcript.turns[:-1]))

    def choose(self, turn_id: str) -> None:
        """Bring another version of a turn in sight.

        Raises:
            RuntimeError: A reply is running.
            ValueError: There is no such version of what is in sight.
        """
        self.check_idle()
        self.transcript.choose(turn_id)

    def refuse(self, text: str, error: str, edits: str | None = None) -> None:
        """Open the next turn with a question that cannot be sent, and say why in place of a reply."""
        self.transcript.add_turn("user", text, self._place_of(edits))
        self.transcript.ask(self._clock())
        self.transcript.move(Status.FAILED, self._clock(), error=error)
        self.on_change()

    def stop(self, reason: str, turn: str | None = None) -> None:
        """Stop the running reply; with `turn`, only if it is that turn's."""
        if self.run is not None and turn in (None, self.run.turn.id):
            self.run.stop(reason)

    def check_idle(self) -> None:
        """Raise `RuntimeError`, with advice, while a reply is running."""
        if self.running:
            raise RuntimeError(
                "This chat is still answering. Wait for it (chat.wait()) or end it (chat.stop()), then ask again."
            )

    def check_asked(self) -> Turn:
        """The latest turn, if it is a reply; raise `RuntimeError`, with advice, if it is none."""
        turn = self.transcript.turns[-1] if self.transcript.turns else None
        if turn is None or turn.reply is None:
            raise RuntimeError("Nothing was asked yet; chat.ask(…) does.")
        return turn

    def _place_of(self, turn_id: str | None) -> str | None:
        """What a version of this turn follows; `None` where no such turn is in sight: it follows what is."""
        mine = (turn for turn in self.transcript.turns if turn.id == turn_id and turn.role == "user")
        turn = next(mine, None)
        return None if turn is None else turn.after

    def _start(self, messages: list[dict[str, Any]], *, replaces: bool = False) -> None:
        sent = {**self._defaults, **self._request, "messages": messages}
        if self.ended is not None and not self.ended.done():
            # The one before has been stopped, and its request is still being closed.
            self.on_end()
            self.run = None
        try:
            allowed = self._permit(sent)
        except ValueError as error:
            # Its reader may be on a page, and is told there.
            self.transcript.move(Status.FAILED, self._clock(), error=str(error))
            self.on_change()
            return
        # Looked up at each change: whoever listens may come after the first question.
        changed: Callable[[], None] = lambda: self.on_change()  # noqa: E731
        calls = self._new_calls(self.transcript, changed)
        run = ReplyRun(
            self.transcript,
            sent,
            self._client,
            self._clock,
            changed,
            self._aside,
            replaces=replaces,
            calls=calls,
            allowance=Budget(self._left, allowed, self._permit_more),
            explain=self._explain,
        )
        self.run, self.ended = run, Future()
        self.bills.append(run.bill)
        self.on_start()
        run.start().add_done_callback(partial(self._end, run, self.ended))
        self.on_change()

    def _end(self, run: ReplyRun, ended: Future[None], _: object) -> None:
        if self.run is run:
            self.on_end()
        ended.set_result(None)
        if self.run is run and self.status is Status.DONE:
            self.on_done()
