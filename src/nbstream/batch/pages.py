"""The pages of one batch: answers their questions for rows, and does what their buttons ask for.

The page's end is `js/src/batch/connection.ts`. A run goes on without any page. It is stopped if pages are
connected and the user has removed the batch from all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..kernel.event_loop import ReplyLoop
from ..notebook.view_count import ViewCount
from .row_table import MAX_WINDOW_ROWS, RowTable

REMEMBERED_KEYS = 100
"""How many presses of buttons are remembered, because a page may send one on two ways."""


class Commands(Protocol):
    """The commands that a page may give. They are called on the run's loop."""

    def stop_now(self, reason: str) -> None:
        """Stop the run."""

    def retry_now(self, rows: list[int] | None) -> None:
        """Ask again for rows without an answer; `None` stands for all of them."""


class BatchPages:
    """Handles the messages of one batch's pages.

    Args:
        loop: The loop of the run.
        table: The rows as texts.
        send: Sends one message to all pages.
        commands: Does what the user asks for.
        greeted: Called when a page has sent a message.
        closes_without_view: Whether a batch whose last view is gone counts as removed by the user.
    """

    def __init__(
        self,
        loop: ReplyLoop,
        table: RowTable,
        send: Callable[[dict[str, Any]], None],
        commands: Commands,
        greeted: Callable[[], None] = lambda: None,
        *,
        closes_without_view: bool = True,
    ) -> None:
        self._loop = loop
        self._table = table
        self._send = send
        self._commands = commands
        self._greeted = greeted
        self._views = ViewCount(loop, commands.stop_now, closes_without_view=closes_without_view)
        self._keys: deque[str] = deque(maxlen=REMEMBERED_KEYS)

    def receive(self, message: object, via: object = "comm") -> None:
        """Handle a message that a page sent on this way. It may be called from any thread."""
        if isinstance(message, Mapping):
            self._loop.post(self._handle, message, via)

    def _handle(self, message: Mapping[str, Any], via: object) -> None:
        """Do what a page asks for. An unknown message does nothing."""
        self._greeted()
        page = str(message.get("page") or "")
        match message.get("kind"):
            case "rows":
                first, count = (_whole_number(message.get(name)) or 0 for name in ("first", "count"))
                only_failed = message.get("only") == "failed"
                window = self._table.window(first, min(count, MAX_WINDOW_ROWS), only_failed=only_failed)
                self._send({**window, "to": page, "via": via})
            case "stop":
                self._commands.stop_now("user")
            case "retry" if (row := _whole_number(message.get("index"))) is not None and self._is_new(message):
                self._commands.retry_now([row])
            case "retryAll" if self._is_new(message):
                self._commands.retry_now(None)
            case "here":
                self._views.set(page, _whole_number(message.get("views", 1)) or 0)
            case "goodbye":
                self._views.forget(page)

    def _is_new(self, message: Mapping[str, Any]) -> bool:
        """Return whether a press of a button has not been handled yet."""
        key = message.get("key")
        if not isinstance(key, str):
            return True
        is_new = key not in self._keys
        self._keys.append(key)
        return is_new


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
