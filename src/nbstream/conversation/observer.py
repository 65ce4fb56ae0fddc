"""Interface of a conversation's observer, the object that shows or serves it. A conversation has exactly one."""

from __future__ import annotations

from typing import Protocol


class ConversationObserver(Protocol):
    """Learns of everything that happens to a conversation. All methods are called on the conversation's loop."""

    def changed(self) -> None:
        """Note that the transcript has grown; called for every piece of text."""

    def started(self) -> None:
        """Note that a reply has begun."""

    def ended(self) -> None:
        """Note that a reply has ended and that its request is closed."""

    def finished(self) -> None:
        """Note that the latest reply is complete, so that the next message may be sent; called after `ended`."""

    def slack_seconds(self) -> float:
        """Return for how many seconds new text may come later without a difference to the observer."""


class NullObserver:
    """Observer that does nothing, for conversations that only their caller reads."""

    def changed(self) -> None:
        """Do nothing."""

    started = ended = finished = changed

    def slack_seconds(self) -> float:
        """Return no time, because the caller may want every piece of text at once."""
        return 0.0
