"""Session of a marimo notebook: its thread and loop, its running cell, and the messages of its pages.

marimo has no channels. Its kernel handles the messages of pages one after the other, between the cells. It puts
each message of a widget into two queues. From the first one it takes everything in order. The second one it only
drains, to merge what belongs together. So while a reply runs, nbstream takes its own messages off the second one:
in a cell that waits for a reply, and on the kernel's loop while a cell awaits anything. marimo handles them once
more after the cell, which does no harm, because the frames of pages may be repeated.

In marimo's edit mode a session is a process of its own, and in run mode a thread of the server.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from html import escape
from typing import Any

log = logging.getLogger("nbstream")

POLL_SECONDS = 0.05
"""Time between two looks at the messages of pages while a reply runs. A look takes about 10 µs."""

MessageCallback = Callable[[object], None]

_callbacks: dict[str, MessageCallback] = {}
"""The callback of each chat of this process, by the id of its comm."""


def running_context() -> Any | None:
    """Return marimo's context of the session to which the calling thread belongs; `None` in any other thread."""
    from marimo._runtime.context import safe_get_context

    return safe_get_context()


def append_output(value: object) -> None:
    """Show a value under the running cell, below what the cell has shown so far; without a cell do nothing.

    If the cell has a last value, marimo shows that one instead when the cell ends.
    """
    import marimo

    marimo.output.append(value)


def make_row(columns: Mapping[str, object], question: str, box: object) -> Any:
    """Return an output of marimo: widgets side by side, each under its heading, between a question and a box.

    Args:
        columns: The widgets by their headings.
        question: The text above them; empty for none.
        box: The widget below them.
    """
    import marimo

    headed = [
        marimo.vstack([marimo.Html(f"<h4><b>{escape(label)}</b></h4>"), widget])
        for label, widget in columns.items()
    ]
    row = marimo.hstack(headed, widths="equal", align="start", wrap=True)
    above = [marimo.Html(f"<p>{escape(question)}</p>")] if question else []
    return marimo.vstack([*above, row, box])


class MarimoSession:
    """The session of marimo in which a chat is made. It has the members of `PageListener`.

    Args:
        context: marimo's context of the calling thread; `None` in a thread that belongs to no session.
    """

    def __init__(self, context: Any | None) -> None:
        self._context = context
        self._thread = threading.get_ident()
        self._loop: asyncio.AbstractEventLoop | None = None
        # marimo runs cells, also those without await, from a coroutine.
        with suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()
        self._messages = _WidgetMessages.of(context)
        self._running_replies = 0
        self._is_polling = False
        self._heard_at = 0.0

    def subscribe(self, address: str, comm_id: str, on_message: MessageCallback) -> MessageCallback:
        """Register a callback for the messages of one chat's pages. Nothing arrives at the address.

        Returns:
            A function for the messages that marimo itself hands to the chat's widget.
        """
        del address
        _callbacks[comm_id] = on_message
        return on_message

    def unsubscribe(self, address: str, comm_id: str) -> None:
        """Remove the callback of a chat that is closed."""
        del address
        _callbacks.pop(comm_id, None)

    def acquire(self, *, on_comm: bool = False) -> None:
        """Count a reply that has begun. While replies run, the session polls for the messages of pages."""
        del on_comm
        self._running_replies += 1
        self._call_soon(self._start_polling)

    def release(self, *, on_comm: bool = False) -> None:
        """Count a reply that has ended."""
        del on_comm
        self._running_replies -= 1

    def poll(self) -> None:
        """Receive pending messages, if the caller is on the session's thread."""
        if threading.get_ident() != self._thread:
            return
        if self._messages is not None:
            self._messages.deliver()
        elif getattr(self._context, "active_scheduler", None) is not None:
            # marimo itself handles the messages only after the running cells.
            return
        self._heard_at = time.monotonic()

    def was_listening(self, seconds: float) -> bool:
        """Return whether a message of a page could have arrived in the last `seconds` seconds.

        When the session is over, no page will ever come. Then the answer is yes, so that the silence counts.
        """
        if self._loop is not None and self._loop.is_closed():
            return True
        return self._heard_at > time.monotonic() - 2 * seconds

    def on_cell_disposed(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when the running cell is run again or deleted; marimo closes its comms then."""
        registry = getattr(self._context, "cell_lifecycle_registry", None)
        if registry is not None:
            registry.add(_CellEnd(callback))

    def _call_soon(self, action: Callable[[], None]) -> None:
        # The session may be over, and its loop closed.
        with suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(action)

    def _start_polling(self) -> None:
        if not self._is_polling:
            self._poll_again()

    def _poll_again(self) -> None:
        self._is_polling = self._running_replies > 0
        if self._is_polling and self._loop is not None:
            self.poll()
            self._loop.call_later(POLL_SECONDS, self._poll_again)


class _CellEnd:
    """Item of marimo's registry of things that end with a cell (its `CellLifecycleItem`)."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback

    def create(self, context: object) -> None:
        """Do nothing: the chat exists already."""

    def dispose(self, context: object, deletion: bool) -> bool:
        """Call the callback, and return that the item is done with."""
        del context, deletion
        self._callback()
        return True


class _WidgetMessages:
    """The second queue of a session's widget messages. Only the session's thread uses it.

    Messages that are not for nbstream are kept in order, and marimo gets them when it drains the queue.
    """

    def __init__(self, commands: Any) -> None:
        self._kept: deque[Any] = deque()
        self._get_nowait = commands.get_nowait
        self._is_empty = commands.empty
        commands.get_nowait = self._get_for_marimo
        commands.empty = lambda: not self._kept and self._is_empty()

    @staticmethod
    def of(context: Any) -> _WidgetMessages | None:
        """Return the messages of a session; `None` if this version of marimo keeps them elsewhere."""
        kernel = getattr(context, "_kernel", None)
        enqueue = getattr(kernel, "enqueue_control_request", None)
        if not inspect.isfunction(enqueue):
            return None
        commands: Any = inspect.getclosurevars(enqueue).nonlocals.get("set_ui_element_queue")
        if not (hasattr(commands, "get_nowait") and hasattr(commands, "empty")):
            return None
        known = getattr(commands.get_nowait, "__self__", None)
        return known if isinstance(known, _WidgetMessages) else _WidgetMessages(commands)

    def deliver(self) -> None:
        """Pass the pending messages for nbstream's chats on to them."""
        with suppress(queue.Empty):
            while True:
                command = self._get_nowait()
                on_message = _callbacks.get(getattr(command, "model_id", ""))
                content = getattr(getattr(command, "message", None), "content", None)
                if on_message is None or content is None:
                    self._kept.append(command)
                else:
                    on_message(content)

    def _get_for_marimo(self) -> Any:
        return self._kept.popleft() if self._kept else self._get_nowait()
