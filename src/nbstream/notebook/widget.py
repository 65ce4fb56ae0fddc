"""The widget: how a chat stands in a notebook. It decides nothing; it calls down."""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping
from functools import partial
from typing import Any

import anywidget
import traitlets

from ..content.previews import show
from ..conversation.commands import CommandHandler
from ..conversation.conversation import Conversation
from ..core.protocol import Command
from ..core.saved_output import said, written
from ..kernel import listener as kernels
from ..kernel.event_loop import clock, runner
from ..kernel.interrupts import interrupts
from ..kernel.main_thread import main_thread
from ..tools.calls import Approve, ToolRunner
from ..tools.toolbox import Toolbox
from .asking import Asking
from .assets import STATIC, bundle_of
from .connection import Connection
from .output import Output
from .settings import abandon_after
from .waiting import aiter_pieces, await_end, block_until_end


class Chat(Asking, anywidget.AnyWidget):
    """A conversation with Claude under a cell. Made by `nbstream.chat`.

    Its members may be read and called from any thread.
    """

    # Its text and not its path: a file is watched, and anywidget's watch keeps every widget of it for ever.
    _esm = (STATIC / "chat-model.js").read_text("utf-8")
    _bundle = traitlets.Unicode().tag(sync=True)
    _address = traitlets.Unicode().tag(sync=True)
    _chat = traitlets.Unicode().tag(sync=True)
    _cell = traitlets.Unicode().tag(sync=True)
    _suggestions = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        client: Any,
        defaults: Mapping[str, Any],
        messages: Iterable[Mapping[str, Any]],
        *,
        budget: float | None = None,
        toolbox: Toolbox | None = None,
        approve: Approve | str | None = None,
        suggestions: Iterable[str] = (),
    ) -> None:
        self._runner = runner()
        self._kernel = kernels.find()
        self._main = main_thread(self._kernel)
        self._conversation = Conversation(
            client,
            defaults,
            messages,
            clock,
            self._runner.aside,
            budget=budget,
            new_calls=partial(ToolRunner, toolbox, approve, self._main, clock) if toolbox else lambda *_: None,
            show=show,
        )
        self._wishes = CommandHandler(self._conversation, self._runner.aside)
        self._ears = kernels.ears(self._kernel) if self._kernel is not None else None
        self._key = uuid.uuid4().hex
        bundle = bundle_of(self._ears)
        reachable = self._ears is not None and self._ears.has_control
        super().__init__(
            model_id=self._key,
            layout=bundle.layout,
            _bundle=f"anywidget:{bundle.model_id}",
            _address=self._key if reachable else "",
            _chat=self._key,
            _suggestions=list(suggestions),
        )
        self._connection = Connection(
            self._conversation.transcript.log,
            self._runner,
            self.send,
            self._on_wish,
            self._on_left,
            self._on_greeting,
            abandon_after,
            self._ears.listening if self._ears is not None else lambda _: False,
        )
        self._output = Output(
            self._kernel,
            {"chat": self._key},
            lambda empty: written(said(self._conversation.transcript.turns), empty),
            self._repr_mimebundle_,
            lambda: self._connection.saved_by_page,
        )
        self._conversation.on_change = self._connection.changed
        self._conversation.on_start = self._on_start
        self._conversation.on_end = self._on_end
        if self._ears is not None:
            self._ears.open(self._key, self.model_id, self._connection.hear)
        self.on_msg(lambda _, content, __: self._connection.hear(content))

    def stop(self) -> None:
        """Stop the running reply: keeps what came and ends the request. Safe at any time from any thread."""
        self._runner.post(self._wishes.stop)
        self._stop("user")

    def wait(self, timeout: float | None = None) -> Chat:
        """Block until the running reply has ended, where anything can block; an interrupt of the kernel stops it.

        Args:
            timeout: Seconds to wait at most; `None` waits as long as it takes.

        Returns:
            This chat.

        Raises:
            TimeoutError: The reply goes on after `timeout` seconds.
            anthropic.APIError: The reply failed.
            KeyboardInterrupt: The kernel was interrupted.
        """
        self._check_may_wait()
        run, ended = self._conversation.run, self._conversation.ended
        if run is not None and ended is not None and self._runner.can_block:
            try:
                block_until_end(
                    run,
                    ended,
                    stop=self._stop,
                    timeout=timeout,
                    pump=self._ears.pump if self._ears is not None else None,
                    echo=None if self._kernel is not None else sys.stdout.write,
                    call=self._runner.call,
                    main=self._main,
                )
            finally:
                self._settle()
        return self

    def close(self) -> None:
        """Stop the running reply and take the widget off the page."""
        self._runner.post(self._wishes.close)
        self._stop("closed")
        if self.comm is not None:
            if self._ears is not None:
                self._ears.close(self._key, self.model_id)
            self._runner.post(self._connection.close)
        super().close()

    def __await__(self) -> Generator[Any, None, Chat]:
        """Wait for the running reply without blocking the loop; cancelling the wait stops the reply."""
        run, ended = self._conversation.run, self._conversation.ended
        if run is not None and ended is not None:
            try:
                yield from await_end(run, ended, self._stop, self._main).__await__()
            finally:
                self._settle()
        return self

    def __aiter__(self) -> AsyncIterator[str]:
        """The running reply's text in the pieces that come, from its beginning."""
        run = self._conversation.run
        if run is None:
            raise RuntimeError("Nothing was asked yet: async for piece in chat.ask(…, wait=False)")
        return aiter_pieces(run, self._runner.call, self._stop, self._main)

    def __repr__(self) -> str:
        return f"<nbstream.Chat {self.status}, {len(self.text):,} characters>"

    def show(self, *, asked: bool = False) -> None:
        """Show the chat under the running cell, where there is a page to show it; `asked`: a question follows."""
        if self._kernel is not None:
            self._output.show(repr(self), asked=asked)

    def _ipython_display_(self) -> None:
        self.show()

    def _begin(self, begin: Callable[[], object], wait: bool, request: Mapping[str, Any] | None = None) -> Chat:
        self._conversation.check(request or {})
        abandon_after()
        if wait:
            self._check_may_wait()
        set_last(self)
        self._watch_interrupts()
        self._runner.call(begin)
        return self.wait() if wait else self

    def _check_may_wait(self) -> None:
        if self._runner.can_block and self._runner.is_here:
            raise RuntimeError(
                "Here runs the loop of all replies, which must not wait for one. In an async tool, write "
                "await nbstream.chat(…, wait=False)."
            )

    def _settle(self) -> None:
        if self._kernel is not None:
            self._output.settle()

    def _stop(self, reason: str) -> None:
        self._runner.post(self._conversation.stop, reason)

    def _watch_interrupts(self) -> None:
        if self._kernel is not None:
            interrupts(self._kernel).watch(self._stop)

    def _on_start(self) -> None:
        self._connection.watch()
        self._watch_interrupts()
        if self._ears is not None:
            self._ears.acquire()

    def _on_end(self) -> None:
        self._connection.unwatch()
        if self._ears is not None:
            self._ears.release()
            interrupts(self._kernel).unwatch(self._stop)

    def _on_wish(self, wish: Command) -> None:
        if self._wishes.obey(wish):
            set_last(self)

    def _on_greeting(self) -> None:
        # Not before: while it is shown for the first time, its output may be on its way.
        self._cell = self._output.cell
        self._output.greeted()

    def _on_left(self, reason: str) -> None:
        if reason == "closed":
            # A page that is loaded again shall not bring back what its reader took away.
            self._cell = ""
        self._conversation.stop(reason)


_last: Chat | None = None


def set_last(chat: Chat) -> None:
    """Make `chat` the value of `nbstream.last`."""
    global _last
    _last = chat


def last() -> Chat | None:
    """Return the chat that was used last, or `None` before the first."""
    return _last
