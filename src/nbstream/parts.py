"""The kernel's end of what the page's code fetches later: highlighting and formulas, each once a page.

They come from here and from nowhere else: notebooks run offline and behind content policies. The page's end is
`js/src/delivery.ts`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .core.protocol import Frame, Part, Want
from .core.wire import frame_or_none, to_wire

log = logging.getLogger("nbstream")


class Shelf:
    """Gives a page the part that it wants. The wire's guard lets no other names in.

    Args:
        folder: Where the built parts are.
        post: Runs a function where replies run, so that a busy main thread delays nothing.
        send: Sends one frame to all pages.
    """

    def __init__(self, folder: Path, post: Callable[..., None], send: Callable[[dict[str, Any]], None]) -> None:
        self._folder = folder
        self._post = post
        self._send = send

    def hear(self, wire: object) -> None:
        """Something came from a page, on whatever thread."""
        if (frame := frame_or_none(wire)) is not None:
            self._post(self._give, frame)

    def _give(self, frame: Frame) -> None:
        if not isinstance(frame, Want):
            return
        try:
            source = (self._folder / f"{frame.part}.js").read_text("utf-8")
            self._send(to_wire(Part(frame.part, source, frame.page)))
        except Exception:
            # The page shows plain text instead and asks once more later.
            log.warning("the page's part %r could not be sent", frame.part, exc_info=True)
