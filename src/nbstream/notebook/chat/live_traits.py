"""Traits of a chat that follow its conversation, and the notices of their changes on the main thread.

Reading such a trait gives its value at that moment, from any thread. Handlers of `observe` and links get every
change later, on the main thread and in order. While a handler runs, the traits have the values of its change.
Otherwise `traitlets.link`, which reads its source again, would take a reply that has gone on for a broken link.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, NoReturn, TypeVar

import traitlets

from ...claude.usage import total
from ...conversation.conversation import Conversation
from ...kernel.main_thread import is_on_main_thread

Value = TypeVar("Value")

COST_INTERVAL_SECONDS = 1.0
"""Time between two notices of a running reply's cost, which grows with each piece of text."""


class LiveTrait(traitlets.TraitType[Value, NoReturn]):
    """Trait that cannot be set, and whose value is read from the conversation. Use it as a decorator.

    Args:
        read: Returns the value, as the function of a property does.
    """

    def __init__(self, read: Callable[[Any], Value]) -> None:
        self._read = read
        super().__init__(help=read.__doc__)

    def get(self, obj: traitlets.HasTraits, cls: type[Any] | None = None) -> Value:  # noqa: ARG002
        """Return the value at this moment."""
        return self._read(obj)

    def set(self, obj: traitlets.HasTraits, value: object) -> NoReturn:  # noqa: ARG002
        """Refuse to be set.

        Raises:
            traitlets.TraitError: Always.
        """
        raise traitlets.TraitError(
            f"{self.name} cannot be set, because it follows the chat's replies. To show it in another widget, "
            f'write dlink((chat, "{self.name}"), (widget, "value")).'
        )

    def default(self, obj: Any = None) -> Value | None:
        """Return the value at this moment."""
        return None if obj is None else self._read(obj)


class ReplyValues(NamedTuple):
    """The observable values of a conversation; `Chat` documents them."""

    status: str
    stop_reason: str | None
    cost: float | None


class ReplyValuesNotifier:
    """Notices of the changes of a conversation's values.

    Args:
        conversation: The conversation.
        post: Has the main thread call a function soon; functions keep their order.
        clock: Returns the seconds of a monotonic clock.
    """

    def __init__(
        self,
        conversation: Conversation,
        post: Callable[[Callable[[], object]], None],
        clock: Callable[[], float],
    ) -> None:
        self._conversation = conversation
        self._post = post
        self._clock = clock
        self._lock = threading.Lock()
        self._notify: Callable[[str, object, object], object] | None = None
        self._latest = ReplyValues("idle", None, None)
        self._cost_at = 0.0
        # The values of the notice that the main thread handles now.
        self._handled: ReplyValues | None = None

    @property
    def status(self) -> str:
        """The state of the latest reply."""
        handled = self._handled_here
        return str(self._conversation.status) if handled is None else handled.status

    @property
    def stop_reason(self) -> str | None:
        """The reason why the latest reply ended."""
        handled = self._handled_here
        return self._stop_reason() if handled is None else handled.stop_reason

    @property
    def cost(self) -> float | None:
        """Estimated US dollars of all replies so far."""
        handled = self._handled_here
        return total(self._conversation.usage_meters) if handled is None else handled.cost

    def start(self, notify: Callable[[str, object, object], object]) -> None:
        """Report every change from now on.

        Args:
            notify: Called on the main thread with the name of a value, the value before, and the value now.
        """
        # A reply may change while this method reads its values.
        with self._lock:
            if self._notify is None:
                self._notify, self._latest = notify, self._read()

    def changed(self) -> None:
        """Report what has changed. Called on the conversation's loop, for every piece of text."""
        with self._lock:
            if self._notify is None:
                return
            now, before = self._clock(), self._latest
            is_same = (before.status, before.stop_reason) == (self._conversation.status, self._stop_reason())
            if is_same and now - self._cost_at < COST_INTERVAL_SECONDS:
                return
            self._cost_at, self._latest = now, self._read()
            for name in ReplyValues._fields:
                if getattr(before, name) != getattr(self._latest, name):
                    self._post(partial(self._handle, self._notify, name, before, self._latest))

    def _handle(
        self, notify: Callable[[str, object, object], object], name: str, before: ReplyValues, after: ReplyValues
    ) -> None:
        outer, self._handled = self._handled, after
        try:
            notify(name, getattr(before, name), getattr(after, name))
        finally:
            self._handled = outer

    @property
    def _handled_here(self) -> ReplyValues | None:
        return self._handled if self._handled is not None and is_on_main_thread() else None

    def _read(self) -> ReplyValues:
        conversation = self._conversation
        return ReplyValues(str(conversation.status), self._stop_reason(), total(conversation.usage_meters))

    def _stop_reason(self) -> str | None:
        turn = self._conversation.transcript.last_reply
        return turn.reply.stop_reason if turn is not None and turn.reply is not None else None
