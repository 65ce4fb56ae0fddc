"""Timer for a connection to Claude that is open and silent. Time is an argument, in seconds of any one clock.

Any byte counts as activity: the API sends pings while it has nothing else to send.
"""

from __future__ import annotations

REPORT_AFTER_SECONDS = 15.0
"""Silence after which the page reports a stall. A busy API sends its next ping sooner."""

EXPIRE_AFTER_SECONDS = 60.0
"""Silence after which a reply is given up. The SDK alone would wait ten minutes. Proxies that hold a dead
connection open are known to cut the connection after one minute."""

MAX_LATE_SECONDS = 1.0
"""A check may be this late on a loaded machine. If it is later, something blocked the whole process, such as one
long call into C, and the bytes that arrived meanwhile have not been read yet."""


class StallTimer:
    """Timer for one reply.

    Args:
        now: The time at which the reply was requested.
        report_after_seconds: Silence after which to report a stall.
        expire_after_seconds: Silence after which to give up.

    Attributes:
        since: The time of the latest activity.
        until: The time of the next attempt, while the SDK waits because the API asked it to.
        reported: The user has been told of this stall.
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
        """Record that a byte has arrived, and return whether that ends a stall which was reported."""
        ends_report = self.reported
        self.since = now
        self.until = None
        self.reported = False
        return ends_report

    def back_off(self, now: float, seconds: float) -> None:
        """Record that the API asked for a pause. The caller reports the pause, and silence counts from its end."""
        self.since = now
        self.until = now + seconds
        self.reported = True

    def discount(self, late_seconds: float) -> None:
        """Do not count the time by which a check was late if the process was blocked and could not read."""
        if late_seconds > MAX_LATE_SECONDS:
            self.since += late_seconds
            if self.until is not None:
                self.until += late_seconds

    def should_report(self, now: float) -> bool:
        """Tell whether to report a stall now. The caller sets `reported` after the report."""
        return not self.reported and now >= self.since + self.report_after_seconds

    def expired(self, now: float) -> bool:
        """Tell whether the silence has lasted too long."""
        return now >= self._expires_at()

    def due_at(self) -> float:
        """Return the time of the next check."""
        expires_at = self._expires_at()
        return expires_at if self.reported else min(self.since + self.report_after_seconds, expires_at)

    def _expires_at(self) -> float:
        return max(self.since, self.until or 0.0) + self.expire_after_seconds
