"""Timer that decides whether some page is there to read a reply. Time is an argument, in seconds of any one clock.

The lack of messages alone means little: a blocked kernel receives nothing, and a page that has everything sends
nothing. So only the time in which a message could have arrived counts, and the pages are probed before they count
as absent. A page that is closed or loaded again says goodbye, so after a goodbye the wait is shorter.
"""

from __future__ import annotations

GOODBYE_SECONDS = 15.0
"""Time after the last page's goodbye in which a page must come back. It is twice the 7 s that a page took to load
again on a slow machine."""

TICK_SECONDS = 1.0
"""Time between two calls of `Presence.tick`."""

MAX_LATE_SECONDS = 0.5
"""A tick may be this late. If it is later, the process was blocked and could not receive messages either."""

PROBE_STEPS = 6
"""Number of steps into which the time until pages count as absent is divided. The pages are probed after the
second step, which is a third of that time, and after each further step. One probe or its answer may get lost, but
hardly four in a row."""


class Presence:
    """Presence of the pages of one chat, while a reply runs.

    Attributes:
        silent_seconds: Time in which a message of a page could have arrived and none did.
    """

    def __init__(self, now: float) -> None:
        self.silent_seconds = 0.0
        self._last_tick_at = now
        self._probed_step = 0
        self._longest_silence_seconds = float("inf")

    def seen(self) -> None:
        """Record that a page which shows the chat has sent a message, of any kind."""
        self.silent_seconds = 0.0
        self._probed_step = 0
        self._longest_silence_seconds = float("inf")

    def left(self) -> None:
        """Record that the last page which showed the chat has said goodbye: it is closed or loaded again."""
        self.seen()
        self._longest_silence_seconds = GOODBYE_SECONDS

    def tick(self, now: float, *, was_listening: bool) -> None:
        """Count the time since the last tick, if the kernel could receive messages during that time."""
        passed, self._last_tick_at = now - self._last_tick_at, now
        if was_listening and passed <= TICK_SECONDS + MAX_LATE_SECONDS:
            self.silent_seconds += passed

    def should_probe(self, limit_seconds: float) -> bool:
        """Tell whether to probe the pages now.

        The pages count as absent after `limit_seconds`. After a probe, call `probed`.
        """
        step = self._step(limit_seconds)
        return step >= 2 and step > self._probed_step

    def probed(self, limit_seconds: float) -> None:
        """Record that the pages were probed, so that the next probe waits for the next step."""
        self._probed_step = self._step(limit_seconds)

    def is_absent(self, limit_seconds: float) -> bool:
        """Tell whether the pages have been silent for `limit_seconds`, or `GOODBYE_SECONDS` after a goodbye."""
        return self.silent_seconds >= min(limit_seconds, self._longest_silence_seconds)

    def _step(self, limit_seconds: float) -> int:
        return int(self.silent_seconds / min(limit_seconds, self._longest_silence_seconds) * PROBE_STEPS)
