"""State of one page of a chat as the kernel knows it: how far the page is, and how much may be sent to it."""

from __future__ import annotations

from dataclasses import dataclass

from .protocol import Via

HIGH_MARK_CHARS = 32_768
"""High mark: when a page was sent this many characters that it has not painted, nothing more is sent to the page.

A page on a processor that is slowed down 20 times paints about 16,000 characters of Markdown a second. So at the
end of an answer it paints the rest within two seconds.
"""

LOW_MARK_CHARS = HIGH_MARK_CHARS // 2
"""Low mark: when a page has no more unpainted characters than this, sending to the page continues. It is half of
the high mark, so that frames in flight keep a fast page busy."""

PROBE_AFTER_SECONDS = 3.0
"""Time that a page has to acknowledge the last frame before it is probed. The time doubles with each probe.

A page notices a lost frame when the next frame arrives, but after the last frame before a pause no next frame
arrives. In such a pause a page sends an acknowledgement by itself after half this time.
"""


@dataclass(slots=True)
class PageState:
    """The state of one page, as far as the kernel knows. Times are in seconds.

    Attributes:
        sent: The position up to which the page was sent everything.
        acked: The position up to which the page has painted.
        received: The position up to which the page has received everything.
        last_heard_at: The time of the latest frame from the page.
        last_sent_at: The time of the latest frame to the page.
        is_paused: The page went over the high mark and is not yet below the low mark.
        resync_requested: The page has sent its position and waits for an update.
        probes: The number of probes since the latest frame from the page.
        heard_via: The best way on which a frame arrived since the latest resync; `None` if no resync is open.
        is_hidden: The page is in a hidden tab.
    """

    sent: int = 0
    acked: int = 0
    received: int = 0
    last_heard_at: float = 0.0
    last_sent_at: float = 0.0
    is_paused: bool = False
    resync_requested: bool = False
    probes: int = 0
    heard_via: Via | None = None
    is_hidden: bool = False

    def available_chars(self) -> int:
        """Return the number of characters that may be sent now."""
        return 0 if self.is_paused else HIGH_MARK_CHARS - (self.sent - self.acked)

    def update_flow(self) -> None:
        """Pause or resume sending to the page by the two marks; called after a change of `sent` or `acked`."""
        unpainted = self.sent - self.acked
        self.is_paused = unpainted > LOW_MARK_CHARS if self.is_paused else unpainted >= HIGH_MARK_CHARS

    def probe_at(self) -> float | None:
        """Return the time of the next probe; `None` while the page has everything that it was sent."""
        if self.received >= self.sent:
            return None
        return max(self.last_heard_at, self.last_sent_at) + PROBE_AFTER_SECONDS * (1 << self.probes)
