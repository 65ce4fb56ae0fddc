"""Printing of an answer in a console, whose kernel is ipykernel and which draws no widgets.

A console says nowhere that it is one. A page that draws widgets greets soon, so a waiting cell holds the text back
for a moment. If no page has greeted by then, the cell prints the answer as a terminal does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum, auto

from ...kernel.host import Host
from ...kernel.host_facts import AnswerDisplay

PAGE_SECONDS = 2.0
"""Time in which a page greets. A page that has the code greets in 0.3 s, a new one in 1 s."""

NOTEBOOK_PAGE_SECONDS = 10.0
"""The same where Jupyter Server started the kernel for a notebook. A slow machine's page took 7 s to load."""

_silent_front_ends: set[str] = set()
"""The sessions of the front ends that are known to draw no widgets. They get their answers at once."""


class _State(Enum):
    """How the user sees the answer."""

    OPEN = auto()
    PRINTED = auto()
    DRAWN = auto()


class ConsolePrinter:
    """Prints the answer of one waiting cell, unless a page shows it.

    Args:
        host: The host.
        write: Prints text.
        take_back: Called if a page greets after text was printed, to remove that text.
        clock: Returns the time in seconds.
    """

    def __init__(
        self, host: Host, write: Callable[[str], object], take_back: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        self._host = host
        self._write = write
        self._take_back = take_back
        self._clock = clock
        self._front_end = str(host.request.get("header", {}).get("session") or "")
        self._held: list[str] = []
        self._state = _State.OPEN
        # Jupyter Server names the notebook in the kernel's environment.
        is_notebook = "JPY_SESSION_NAME" in os.environ
        self._decides_at = clock() + (NOTEBOOK_PAGE_SECONDS if is_notebook else PAGE_SECONDS)
        if self._front_end in _silent_front_ends:
            self._decides_at = clock()

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet how the user sees the answer."""
        return self._state is _State.OPEN

    @property
    def is_printed(self) -> bool:
        """Whether no page shows the answer, so that it is printed."""
        return self._state is _State.PRINTED

    def print(self, text: str) -> None:
        """Print the next text, or hold it back until it is known whether a page shows the answer."""
        self._held.append(text)
        self.tick()

    def tick(self) -> None:
        """Find out whether a page shows the answer. Called at every wake-up of the cell."""
        is_drawn = self._host.facts.display is not AnswerDisplay.WIDGET_OR_PRINTED
        if is_drawn and self._state is _State.PRINTED:
            _silent_front_ends.discard(self._front_end)
            self._take_back()
        if is_drawn:
            self._state = _State.DRAWN
        elif self.is_open and self._clock() >= self._decides_at:
            self._state = _State.PRINTED
            _silent_front_ends.add(self._front_end)
        if self._state is not _State.OPEN:
            text = "".join(self._held)
            self._held.clear()
            if text and self._state is _State.PRINTED:
                self._write(text)
