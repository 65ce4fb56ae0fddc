"""Whether anybody is there to read a reply. Time is an argument, in seconds of any one clock.

Silence alone means little: a kernel that could not listen has heard nothing, and a page that has everything has
nothing to say. So only silence counts in which a page could have been heard, and before it counts for an answer
the pages are asked.
"""

from __future__ import annotations

TICK = 1.0
"""Seconds between looks."""

LATE = 0.5
"""Seconds that a look may come late; later than that, the process was held up and could hear nobody either."""

SIXTHS = 6
"""The pages are asked when a third of the time is over, and again after each further sixth: a question or its
answer may be lost, and four in a row are not."""


class Presence:
    """The pages of one chat, while a reply runs.

    Attributes:
        silence: Seconds in which a page could have been heard and none was.
    """

    def __init__(self, now: float) -> None:
        self.silence = 0.0
        self._looked = now
        self._asked = 0

    def heard(self) -> None:
        """A page that shows the chat said something, whatever it was."""
        self.silence = 0.0
        self._asked = 0

    def look(self, now: float, *, listening: bool) -> None:
        """Count the time since the last look, if the kernel has listened in it."""
        passed, self._looked = now - self._looked, now
        if listening and passed <= TICK + LATE:
            self.silence += passed

    def is_to_ask(self, patience: float) -> bool:
        """Whether the pages are to be asked now, given the seconds after which nobody is there."""
        step = int(self.silence / patience * SIXTHS)
        due = step >= 2 and step > self._asked
        self._asked = max(self._asked, step) if due else self._asked
        return due

    def is_empty(self, patience: float) -> bool:
        """Whether nobody is there."""
        return self.silence >= patience
