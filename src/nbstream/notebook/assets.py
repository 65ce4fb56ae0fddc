"""The page's code: a widget model with the part that loads first, and a server for the assets that load later.

All chats share this code, so it is sent to a page only once. Assets, such as the code for highlighting, formulas
and saving, come from the kernel and never from the web, because notebooks are also used offline and under content
security policies. The page's end is `js/src/lazy/loader.ts`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..core.codec import frame_or_none, to_wire
from ..core.protocol import Asset, Frame, RequestAsset, Via
from ..kernel.listener import PageListener

log = logging.getLogger("nbstream")

STATIC = Path(__file__).parents[1] / "static"


class AssetServer:
    """Sends a page the asset that it requests. Unknown names do not arrive here, because the codec rejects them.

    Args:
        folder: The folder with the built assets.
        post: Runs a function on the loop of the replies, so that assets are sent even if the main thread is busy.
        send: Sends one frame to all pages.
    """

    def __init__(self, folder: Path, post: Callable[..., None], send: Callable[[dict[str, Any]], None]) -> None:
        self._folder = folder
        self._post = post
        self._send = send

    def receive(self, wire: object, _via: Via = "comm") -> None:
        """Handle a message from a page. It may be called from any thread."""
        if (frame := frame_or_none(wire)) is not None:
            self._post(self._send_asset, frame)

    def _send_asset(self, frame: Frame) -> None:
        if not isinstance(frame, RequestAsset):
            return
        try:
            source = (self._folder / f"{frame.asset}.js").read_text("utf-8")
            self._send(to_wire(Asset(frame.asset, source, frame.page)))
        except Exception:
            # Without the asset the page shows plain text, and it requests the asset again later.
            log.warning("the asset %r could not be sent to a page", frame.asset, exc_info=True)


class PageCode(anywidget.AnyWidget):
    """The widget model with the code that every page loads first.

    Args:
        listener: Receives the pages' messages on the control channel; `None` without a kernel.
        post: Runs a function on the loop of the replies.
        sender: Makes the function that sends frames from the thread that the host asks for.
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"
    _address = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        listener: PageListener | None,
        post: Callable[..., None],
        sender: Callable[[Callable[..., None]], Callable[[dict[str, Any]], None]],
    ) -> None:
        self._listener = listener
        self._key = uuid.uuid4().hex
        super().__init__(_address=listener.address_of(self._key) if listener is not None else "")
        assets = AssetServer(STATIC, post, sender(self.send))
        if listener is not None:
            listener.subscribe(self._key, self.model_id, assets.receive)
        self.on_msg(lambda _, content, __: assets.receive(content))

    def close(self) -> None:
        """Close the model, and receive no more requests from pages."""
        if self._listener is not None and self.comm is not None:
            self._listener.unsubscribe(self._key, self.model_id)
        super().close()
