"""An observer that tests of conversations share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class RecordingObserver:
    """Records the names of the events, in order.

    Args:
        on_change: Called at every change.
        on_finish: Called when a reply has ended by itself.
    """

    def __init__(
        self, on_change: Callable[[], Any] = lambda: None, on_finish: Callable[[], Any] = lambda: None
    ) -> None:
        self.events: list[str] = []
        self.on_change = on_change
        self.on_finish = on_finish
        self.slack = 0.0

    def changed(self) -> None:
        self.events.append("changed")
        self.on_change()

    def started(self) -> None:
        self.events.append("started")

    def ended(self) -> None:
        self.events.append("ended")

    def finished(self) -> None:
        self.events.append("finished")
        self.on_finish()

    def slack_seconds(self) -> float:
        return self.slack

    def lives(self) -> list[str]:
        """Beginnings and ends of replies, without the changes between them."""
        return [event for event in self.events if event in ("started", "ended")]
