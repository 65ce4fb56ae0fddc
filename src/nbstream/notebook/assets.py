"""The page's code as a model of its own, so that it travels to a page once and not with every chat."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..core.codec import frame_or_none, to_wire
from ..core.protocol import Asset, Frame, RequestAsset
from ..kernel import listener as kernels
from ..kernel.event_loop import runner

log = logging.getLogger("nbstream")

STATIC = Path(__file__).parents[1] / "static"


class AssetServer:
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
        if not isinstance(frame, RequestAsset):
            return
        try:
            source = (self._folder / f"{frame.asset}.js").read_text("utf-8")
            self._send(to_wire(Asset(frame.asset, source, frame.page)))
        except Exception:
            # The page shows plain text instead and asks once more later.
            log.warning("the page's part %r could not be sent", frame.asset, exc_info=True)


class Bundle(anywidget.AnyWidget):
    """The first of the page's code; it asks for the rest when it needs it."""

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"
    _address = traitlets.Unicode().tag(sync=True)

    def __init__(self, ears: kernels.PageListener | None) -> None:
        self._ears = ears
        self._key = uuid.uuid4().hex
        super().__init__(_address=self._key if ears is not None and ears.has_control else "")
        # The bundle may outlive a runner: in a forked child there is a new one.
        shelf = AssetServer(STATIC, lambda *call: runner().post(*call), self.send)
        if ears is not None:
            ears.open(self._key, self.model_id, shelf.hear)
        self.on_msg(lambda _, content, __: shelf.hear(content))

    def close(self) -> None:
        """Take the page's code off the page."""
        if self._ears is not None and self.comm is not None:
            self._ears.close(self._key, self.model_id)
        super().close()


_bundle: Bundle | None = None


def bundle_of(ears: kernels.PageListener | None) -> Bundle:
    """The page's code, made once; a notebook that closed all widgets gets it anew."""
    global _bundle
    if _bundle is None or _bundle.comm is None:
        _bundle = Bundle(ears)
    return _bundle
