"""A conversation with Claude: what was said, which reply runs, what the next request sends.

It lives on one loop. Nothing here knows a widget or a kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from .core.content import Content
from .core.protocol import Status
from .core.transcript import RUNNING, Transcript
from .stream import Aside, ReplyRun


class Conversation:
    """Turns with Claude, one at a time.

    Args:
        client: The async client, or `None` for the one the environment describes.
        defaults: What every request sends: `model`, `max_tokens` and so on.
        messages: Earlier turns, as the Messages API takes them.
        clock: Seconds of a monotonic clock.
        aside: Runs what takes long without holding up the loop; see `ReplyRun`.
    """

    def __init__(
        self,
        client: Any,
        defaults: Mapping[str, Any],
        messages: Iterable[Mapping[str, Any]],
        clock: Callable[[], float],
        aside: Aside = asyncio.to_thread,
    ) -> None:
        self.transcript = Transcript()
        for message in messages:
            self.transcript.add_turn(message["role"], message["content"])
        self.run: ReplyRun | None = None
        # Done when the latest reply has ended and its request is closed.
        self.ended: Future[None] | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_start: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self._client = client
        self._defaults = defaults
        self._clock = clock
        self._aside = aside

    @property
    def status(self) -> Status:
        """The state of the latest reply."""
        return self.transcript.status

    @property
    def running(self) -> bool:
        """A reply is being waited for or streams."""
        return self.status in RUNNING

    def ask(self, content: Content, request: Mapping[str, Any]) -> ReplyRun:
        """Open the next turn and start its reply.

        Raises:
            RuntimeError: A reply is running.
        """
        if self.running:
            raise RuntimeError(
                "This chat is still answering. Wait for it (chat.wait()) or end it (chat.stop()), then ask again."
            )
        self.transcript.add_turn("user", content)
        sent = {**self._defaults, **request, "messages": self.transcript.messages()}
        self.transcript.ask(self._clock())
        # Looked up at each change: whoever listens may come after the first question.
        run = ReplyRun(self.transcript, sent, self._client, self._clock, lambda: self.on_change(), self._aside)
        self.run, self.ended = run, Future()
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
