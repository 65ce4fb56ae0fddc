"""How long a silent Claude is waited for. Time is an argument, in seconds of any one clock.

What counts as a sign of life is any byte: the API sends pings while it has nothing else to say.
"""

from __future__ import annotations

REPORT_AFTER_SECONDS = 15.0
"""Seconds of silence after which the page says so: longer than a busy API takes for its next ping."""

EXPIRE_AFTER_SECONDS = 60.0
"""Seconds of silence after which a reply is given up. The SDK alone would wait ten minutes, and proxies that
hold a connection open for nobody are known to cut it after one."""

MAX_LATE_SECONDS = 1.0
"""Seconds that a look may come late on a loaded machine. Later than that, something held up the whole process
(one long call into C does), and what was sent meanwhile has not been read yet."""


class StallTimer:
    """With one reply.

    Attributes:
        since: When there was a sign of life last.
        until: When Claude is asked again, while the SDK waits because the API said to.
        said: The reader knows of this silence.
    """

    def __init__(
        self,
        now: float,
        *,
        report_after_seconds: float = REPORT_AFTER_SECONDS,
        expire_after_seconds: float = EXPIRE_AFTER_SECONDS,
    ) -> None:
        self.report_after_seconds = report_after_seconds
        self.expire_after_seconds = expire_after_seconds
        self.since = now
        self.until: float | None = None
        self.reported = False

    def activity(self, now: float) -> bool:
        """A sign of life. Whether it ends a silence that the reader knows of."""
        broken = self.reported
        self.since = now
        self.until = None
        self.reported = False
        return broken

    def back_off(self, now: float, seconds: float) -> None:
        """The API said to ask again after that time; so long, silence is its own wish."""
        self.since = now
        self.until = now + seconds
        self.reported = True

    def discount(self, late_seconds: float) -> None:
        """Whoever looks came late by so many seconds: for so long nothing could be heard, sent or not."""
        if late_seconds > MAX_LATE_SECONDS:
            self.since += late_seconds
            if self.until is not None:
                self.until += late_seconds

    def should_report(self, now: float) -> bool:
        """Whether the reader is to be told now, which is asked once a silence."""
        due = not self.reported and now >= self.since + self.report_after_seconds
        self.reported = self.reported or due
        return due

    def expired(self, now: float) -> bool:
        """Whether it has been silent for too long."""
        return now >= self._expires_at()

    def due_at(self) -> float:
        """When to look again."""
        return (
            self._expires_at()
            if self.reported
            else min(self.since + self.report_after_seconds, self._expires_at())
        )

    def _expires_at(self) -> float:
        return max(self.since, self.until or 0.0) + self.expire_after_seconds
