"""A conversation with Claude: what was said, which reply runs, what the next request sends.

It lives on one loop. Nothing here knows a widget or a kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from .calls import Calls
from .checks import check_request
from .core.bill import Bill
from .core.content import Content, as_content
from .core.messages import messages_of
from .core.ops import Status
from .core.protocol import Approve, Choose, Continue, Prompt, Regenerate, Release, Retry, Stop, TakeBack, Wish
from .core.shown import shown
from .core.transcript import Transcript
from .core.turn import RUNNING, Turn
from .pricing import total
from .stream import Aside, ReplyRun

Show = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
NewCalls = Callable[[Transcript, Callable[[], None]], Calls | None]

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
        new_calls: Makes what runs the tools of one reply, from the transcript and whom to tell of changes.
        content_of: Makes content for the API of a message that was sent from a page; `ValueError` says why not.
        show: What a page is shown of a block; see `Transcript`.
    """

    def __init__(
        self,
        client: Any,
        defaults: Mapping[str, Any],
        messages: Iterable[Mapping[str, Any]],
        clock: Callable[[], float],
        aside: Aside = asyncio.to_thread,
        *,
        budget: float | None = None,
        new_calls: NewCalls = lambda *_: None,
        content_of: Callable[[Prompt], Content] = lambda prompt: as_content(prompt.text),
        show: Show = shown,
    ) -> None:
        self.transcript = Transcript(show)
        for message in messages:
            self.transcript.add_turn(message["role"], message["content"])
        self.run: ReplyRun | None = None
        # Of all replies, those too that another one has replaced: they are paid for.
        self.bills: list[Bill] = []
        # Done when the latest reply has ended and its request is closed.
        self.ended: Future[None] | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_start: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self._client = client
        self._defaults = defaults
        self._request: Mapping[str, Any] = {}
        self._clock = clock
        self._aside = aside
        self._budget = budget
        self._new_calls = new_calls
        self._content_of = content_of
        # Messages from pages that wait for the end of the running reply, by their keys.
        self._queue: dict[str, Prompt] = {}

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

    def ask(self, content: Content, request: Mapping[str, Any], instead: str | None = None) -> ReplyRun:
        """Open the next turn and start its reply.

        Args:
            content: What is asked.
            request: What this request sends beside or instead of the defaults.
            instead: The user's turn in sight of which this is another version.

        Raises:
            RuntimeError: A reply is running, or no such turn is in sight.
        """
        self._check_idle()
        self.transcript.add_turn("user", content, self._place_of(instead))
        messages = self.transcript.messages()
        self.transcript.ask(self._clock())
        self._request = request
        return self._start(messages)

    def retry(self) -> ReplyRun:
        """Ask for the latest reply again. What it holds stays until the new one begins.

        Raises:
            RuntimeError: A reply is running, or none was asked for.
        """
        self._check_idle()
        self._check_asked()
        messages = messages_of(self.transcript.turns[:-1])
        self.transcript.ask_again(self._clock(), go_on=False)
        return self._start(messages, replaces=True)

    def go_on(self) -> ReplyRun:
        """Keep what came of the latest reply, and have Claude go on from there.

        Raises:
            RuntimeError: A reply is running, none was asked for, or there is nothing to go on from.
        """
        self._check_idle()
        turn = self._check_asked()
        if turn.refused or not turn.text().strip():
            raise RuntimeError("Nothing of the answer is there to go on from; chat.retry() asks again.")
        if turn.reply is not None and turn.reply.stop_reason in COMPLETE:
            raise RuntimeError("The answer is complete; chat.ask(…) goes on with the conversation.")
        self.transcript.ask_again(self._clock(), go_on=True)
        return self._start(self.transcript.messages(go_on=True))

    def regenerate(self) -> ReplyRun:
        """Answer the latest question once more; the answer that there is stays as another version.

        Raises:
            RuntimeError: A reply is running, or none was asked for.
        """
        self._check_idle()
        turn = self._check_asked()
        self.transcript.ask(self._clock(), turn.after)
        return self._start(messages_of(self.transcript.turns[:-1]))

    def obey(self, wish: Wish) -> bool:
        """Do what the reader of a page wants. What is no longer possible is let be: its page sees why.

        Returns:
            Whether a reply was begun.
        """
        before = self.run
        with suppress(RuntimeError, ValueError):
            match wish:
                case Stop():
                    self.stop("user", wish.turn)
                case Approve() if self.run is not None:
                    self.run.approve(wish.call, wish.run)
                case Prompt():
                    self._hear(wish)
                case TakeBack() if wish.key in self._queue:
                    self._unqueue(wish.key)
                case Release() if wish.key in self._queue:
                    self._check_idle()
                    self._send(self._unqueue(wish.key))
                case Choose():
                    self._check_idle()
                    self.transcript.choose(wish.turn)
                case Retry() | Continue() | Regenerate() if self._check_asked().id == wish.turn:
                    {"retry": self.retry, "continue": self.go_on, "regenerate": self.regenerate}[wish.tag]()
        self.on_change()
        return self.run is not before

    def _hear(self, prompt: Prompt) -> None:
        """A message was sent from a page: it is asked, or waits for its turn."""
        if not prompt.text.strip() and not prompt.files:
            return
        if prompt.instead is not None or not (self.running or self._queue):
            self._send(prompt)
            return
        self._queue[prompt.key] = prompt
        self.transcript.queue(prompt.key, prompt.text, [file.name for file in prompt.files])
        if not self.running:
            self._send_next()

    def _send(self, prompt: Prompt) -> None:
        self._check_idle()
        try:
            content = self._content_of(prompt)
        except ValueError as error:
            # Its reader is on the page, and is told there.
            self.transcript.add_turn("user", prompt.text or "…", self._place_of(prompt.instead))
            self.transcript.ask(self._clock())
            self.transcript.move(Status.FAILED, self._clock(), error=str(error))
        else:
            self.ask(content, {}, prompt.instead)

    def _unqueue(self, key: str) -> Prompt:
        self.transcript.unqueue(key)
        return self._queue.pop(key)

    def _send_next(self) -> None:
        if self._queue:
            self._send(self._unqueue(next(iter(self._queue))))

    def _place_of(self, turn_id: str | None) -> str | None:
        """What a version of this turn follows; `None` where it is no version."""
        if turn_id is None:
            return None
        for turn in self.transcript.turns:
            if turn.id == turn_id and turn.role == "user":
                return turn.after
        raise RuntimeError("That message is not in sight any more; ask again from the one that is.")

    def _check_idle(self) -> None:
        if self.running:
            raise RuntimeError(
                "This chat is still answering. Wait for it (chat.wait()) or end it (chat.stop()), then ask again."
            )

    def _check_asked(self) -> Turn:
        turn = self.transcript.turns[-1] if self.transcript.turns else None
        if turn is None or turn.reply is None:
            raise RuntimeError("Nothing was asked yet; chat.ask(…) does.")
        return turn

    def _start(self, messages: list[dict[str, Any]], *, replaces: bool = False) -> ReplyRun:
        sent = {**self._defaults, **self._request, "messages": messages}
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
            allowance=self._left,
        )
        self.run, self.ended = run, Future()
        self.bills.append(run.bill)
        self.on_start()
        run.start().add_done_callback(partial(self._end, self.ended))
        self.on_change()
        return run

    def stop(self, reason: str, turn: str | None = None) -> None:
        """Stop the running reply; with `turn`, only if it is that turn's."""
        if self.run is not None and turn in (None, self.run.turn.id):
            self.run.stop(reason)

    def _end(self, ended: Future[None], _: object) -> None:
        self.on_end()
        ended.set_result(None)
        # After a stop or a failure the reader decides what becomes of the messages that wait.
        if self.status is Status.DONE:
            self._send_next()
