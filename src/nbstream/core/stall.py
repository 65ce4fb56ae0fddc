"""How long a silent Claude is waited for. Time is an argument, in seconds of any one clock.

What counts as a sign of life is any byte: the API sends pings while it has nothing else to say.
"""

from __future__ import annotations

SAY_AFTER = 15.0
"""Seconds of silence after which the page says so: longer than a busy API takes for its next ping."""

END_AFTER = 60.0
"""Seconds of silence after which a reply is given up. The SDK alone would wait ten minutes, and proxies that
hold a connection open for nobody are known to cut it after one."""

LATE = 1.0
"""Seconds that a look may come late on a loaded machine. Later than that, something held up the whole process
(one long call into C does), and what was sent meanwhile has not been read yet."""


class StallTimer:
    """With one reply.

    Attributes:
        since: When there was a sign of life last.
        until: When Claude is asked again, while the SDK waits because the API said to.
        said: The reader knows of this silence.
    """

    def __init__(self, now: float, *, say_after: float = SAY_AFTER, end_after: float = END_AFTER) -> None:
        self.say_after = say_after
        self.end_after = end_after
        self.since = now
        self.until: float | None = None
        self.said = False

    def heard(self, now: float) -> bool:
        """A sign of life. Whether it ends a silence that the reader knows of."""
        broken = self.said
        self.since = now
        self.until = None
        self.said = False
        return broken

    def wait(self, now: float, seconds: float) -> None:
        """The API said to ask again after that time; so long, silence is its own wish."""
        self.since = now
        self.until = now + seconds
        self.said = True

    def excuse(self, late: float) -> None:
        """Whoever looks came late by so many seconds: for so long nothing could be heard, sent or not."""
        if late > LATE:
            self.since += late
            if self.until is not None:
                self.until += late

    def is_to_say(self, now: float) -> bool:
        """Whether the reader is to be told now, which is asked once a silence."""
        due = not self.said and now >= self.since + self.say_after
        self.said = self.said or due
        return due

    def is_over(self, now: float) -> bool:
        """Whether it has been silent for too long."""
        return now >= self._end()

    def due_at(self) -> float:
        """When to look again."""
        return self._end() if self.said else min(self.since + self.say_after, self._end())

    def _end(self) -> float:
        return max(self.since, self.until or 0.0) + self.end_after
