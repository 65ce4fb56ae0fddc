"""Whether anybody is there to read a reply. Time is an argument, in seconds of any one clock.

Silence alone means little: a kernel that could not listen has heard nothing, and a page that has everything has
nothing to say. So only silence counts in which a page could have been heard, and before it counts for an answer
the pages are asked.
"""

from __future__ import annotations

TICK_SECONDS = 1.0
"""Seconds between looks."""

MAX_LATE_SECONDS = 0.5
"""Seconds that a look may come late; later than that, the process was held up and could hear nobody either."""

PROBE_STEPS = 6
"""The pages are asked when a third of the time is over, and again after each further sixth: a question or its
answer may be lost, and four in a row are not."""


class Presence:
    """The pages of one chat, while a reply runs.

    Attributes:
        silence: Seconds in which a page could have been heard and none was.
    """

    def __init__(self, now: float) -> None:
        self.silent_seconds = 0.0
        self._last_tick_at = now
        self._probed_step = 0

    def seen(self) -> None:
        """A page that shows the chat said something, whatever it was."""
        self.silent_seconds = 0.0
        self._probed_step = 0

    def tick(self, now: float, *, was_listening: bool) -> None:
        """Count the time since the last look, if the kernel has listened in it."""
        passed, self._last_tick_at = now - self._last_tick_at, now
        if was_listening and passed <= TICK_SECONDS + MAX_LATE_SECONDS:
            self.silent_seconds += passed

    def should_probe(self, limit_seconds: float) -> bool:
        """Whether the pages are to be asked now, given the seconds after which nobody is there."""
        step = int(self.silent_seconds / limit_seconds * PROBE_STEPS)
        due = step >= 2 and step > self._probed_step
        self._probed_step = max(self._probed_step, step) if due else self._probed_step
        return due

    def is_absent(self, limit_seconds: float) -> bool:
        """Whether nobody is there."""
        return self.silent_seconds >= limit_seconds
