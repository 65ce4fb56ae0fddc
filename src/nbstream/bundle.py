"""The page's code as a model of its own, so that it travels to a page once and not with every chat."""

from __future__ import annotations

import uuid
from pathlib import Path

import anywidget
import traitlets

from . import kernel as kernels
from .parts import Shelf
from .runner import runner

STATIC = Path(__file__).parent / "static"


class Bundle(anywidget.AnyWidget):
    """The first of the page's code; it asks for the rest when it needs it."""

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"
    _address = traitlets.Unicode().tag(sync=True)

    def __init__(self, ears: kernels.Ears | None) -> None:
        self._ears = ears
        self._key = uuid.uuid4().hex
        super().__init__(_address=self._key if ears is not None and ears.has_control else "")
        # The bundle may outlive a runner: in a forked child there is a new one.
        shelf = Shelf(STATIC, lambda *call: runner().post(*call), self.send)
        if ears is not None:
            ears.open(self._key, self.model_id, shelf.hear)
        self.on_msg(lambda _, content, __: shelf.hear(content))

    def close(self) -> None:
        """Take the page's code off the page."""
        if self._ears is not None and self.comm is not None:
            self._ears.close(self._key, self.model_id)
        super().close()


_bundle: Bundle | None = None


def bundle_of(ears: kernels.Ears | None) -> Bundle:
    """The page's code, made once; a notebook that closed all widgets gets it anew."""
    global _bundle
    if _bundle is None or _bundle.comm is None:
        _bundle = Bundle(ears)
    return _bundle
