"""Subscribers to the text of one answer."""

from __future__ import annotations

from collections.abc import Callable

TextSubscriber = Callable[[str | None], None]
"""Function that gets each new piece of an answer's text, and finally `None`."""


class TextSubscribers:
    """The subscribers to one answer. Use them on the event loop of the answer only."""

    def __init__(self) -> None:
        self._subscribers: list[TextSubscriber] = []

    def add(self, subscriber: TextSubscriber, text: str, *, has_ended: bool) -> None:
        """Add a subscriber, and call it with the text so far, and with `None` if the answer has ended."""
        self._subscribers.append(subscriber)
        subscriber(text)
        if has_ended:
            subscriber(None)

    def remove(self, subscriber: TextSubscriber) -> None:
        """Remove a subscriber. Do nothing if there is no such subscriber."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    def publish(self, text: str | None) -> None:
        """Call all subscribers with a new piece of text, or with `None` at the end."""
        for subscriber in self._subscribers:
            subscriber(text)
