"""Line of a terminal that shows the progress of a run: written over once a second, or in a file line by line."""

from __future__ import annotations

from collections.abc import Callable

LINE_SECONDS = 1.0
"""Time between two states of the line in a terminal."""

LOG_SECONDS = 10.0
"""Time between two lines where nothing can be written over, as in the log of a scheduled job."""


class ProgressLine:
    """Prints the progress of one waiting call.

    Args:
        write: Prints text.
        flush: Called after each text, and at every update that prints nothing.
        is_terminal: Whether a line can be written over.
        clock: Returns the time in seconds.
        may_print: Whether text may be printed yet.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        flush: Callable[[], object],
        is_terminal: bool,
        clock: Callable[[], float],
        may_print: Callable[[], bool] = lambda: True,
    ) -> None:
        self._write = write
        self._flush = flush
        self._is_terminal = is_terminal
        self._clock = clock
        self._may_print = may_print
        self._interval_seconds = LINE_SECONDS if is_terminal else LOG_SECONDS
        # A run that takes less than a second prints its last line only.
        self._printed_at = clock() - self._interval_seconds + LINE_SECONDS
        self._width = 0
        self._has_ended = False

    @property
    def is_printed(self) -> bool:
        """Whether text that was written is printed, and not held back."""
        return self._may_print()

    def update(self, text: Callable[[], str]) -> None:
        """Print the progress if it is due."""
        if (
            not self._has_ended
            and self._may_print()
            and self._clock() - self._printed_at >= self._interval_seconds
        ):
            self._print(text(), "" if self._is_terminal else "\n")
        self._flush()

    def end(self, text: Callable[[], str]) -> None:
        """Print the progress for the last time, and end the line."""
        self._print(text(), "\n")
        self._has_ended = True
        self._flush()

    def _print(self, text: str, end: str) -> None:
        self._printed_at = self._clock()
        if self._is_terminal:
            # Blanks cover what a longer text has left.
            self._write("\r" + text.ljust(self._width) + end)
            self._width = len(text)
        else:
            self._write(text + end)
