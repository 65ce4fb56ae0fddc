"""Feed of a run's progress to its pages: at most ten times a second, and once a second while nothing changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ..kernel.event_loop import ReplyLoop, clock
from .progress import Progress

log = logging.getLogger("nbstream")

FRAME_INTERVAL_SECONDS = 0.1
"""Pages get the progress ten times a second at most, as they get the text of a chat."""

IDLE_INTERVAL_SECONDS = 1.0
"""The same while no row changes, for the seconds that are shown."""


class ProgressFeed:
    """Sends the progress of one run. Use it on the run's loop only.

    Args:
        loop: The loop of the run.
        read: Returns the progress.
        send: Sends the progress to all pages.
        is_running: Tells whether the run goes on, so that the seconds which are shown change.
    """

    def __init__(
        self,
        loop: ReplyLoop,
        read: Callable[[], Progress],
        send: Callable[[Progress], None],
        is_running: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._read = read
        self._send = send
        self._is_running = is_running
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._sent_at = float("-inf")

    def changed(self) -> None:
        """Send the progress soon. Called for every change of a row, so it returns quickly."""
        due = max(clock(), self._sent_at + FRAME_INTERVAL_SECONDS)
        if self._timer is None or self._due_at > due:
            self._schedule(due)

    def send_now(self) -> None:
        """Send the progress, and again after a second if the run goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sent_at = clock()
        try:
            self._send(self._read())
        except Exception:
            log.warning("the progress could not be sent", exc_info=True)
        if self._is_running():
            self._schedule(self._sent_at + IDLE_INTERVAL_SECONDS)

    def _schedule(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due_at = due
        self._timer = self._loop.loop.call_later(max(0.0, due - clock()), self.send_now)
