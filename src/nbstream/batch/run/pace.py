"""Pace of a run: how many requests may run at once, and until when none may begin.

All rows of a run share one account, so a refusal of one of them slows all of them. The number of requests at once
grows by one for each round of answers and is halved by a refusal, as TCP does with its window. There is no clock
here: each method gets the time.
"""

from __future__ import annotations

MIN_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 60.0
"""The pause after a refusal that names none. It doubles with each refusal that no answer comes between."""


class Pace:
    """The pace of one run.

    Args:
        concurrency: The most requests at once.
        min_pause_seconds: The first pause after a refusal that does not say how long to wait.
    """

    def __init__(self, concurrency: int, min_pause_seconds: float = MIN_PAUSE_SECONDS) -> None:
        self._concurrency = concurrency
        self._window = float(concurrency)
        self._min_pause_seconds = min_pause_seconds
        self._paused_until = float("-inf")
        self._cut_at = float("-inf")
        self._refusals = 0

    @property
    def window(self) -> int:
        """How many requests may run at once now."""
        return int(self._window)

    def may_start(self, now: float, running: int) -> bool:
        """Return whether another request may begin beside those that run."""
        return now >= self._paused_until and running < self.window

    def paused_seconds(self, now: float) -> float | None:
        """Return the seconds for which no request may begin; `None` if one may."""
        return self._paused_until - now if self._paused_until > now else None

    def answered(self) -> None:
        """Count an answer: each round of answers allows one more request at once."""
        self._refusals = 0
        self._window = min(float(self._concurrency), self._window + 1 / self._window)

    def refused(self, now: float, sent_at: float, retry_after_seconds: float | None) -> None:
        """Slow down, because the API refused a request for now.

        Args:
            now: The time.
            sent_at: The time at which that request was sent. Requests that were sent before the latest cut belong
                to the same jam, and cut nothing more.
            retry_after_seconds: The pause that the API asked for; `None` if it named none.
        """
        if sent_at >= self._cut_at:
            self._window = max(1.0, self._window / 2)
            self._cut_at = now
            self._refusals += 1
        pause = retry_after_seconds
        if pause is None:
            pause = min(MAX_PAUSE_SECONDS, self._min_pause_seconds * 2.0 ** (self._refusals - 1))
        self._paused_until = max(self._paused_until, now + pause)
