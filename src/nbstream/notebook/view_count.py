"""Count of the views that pages have of a chat or a batch, which is removed when it has had none for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container

from ..kernel.event_loop import ReplyLoop

NO_VIEW_SECONDS = 2.0
"""Time without a view, while pages are connected, after which what they showed counts as removed by the user.

A cell that is moved or run again has no view for a tenth of a second. After this time, the user has cleared the
output.
"""


class ViewCount:
    """The views of one chat or batch. Use it on its event loop only.

    Args:
        loop: That event loop.
        removed: Called with the stop reason `"closed"` when the user has removed all views.
        closes_without_view: Whether a last view that is gone counts as removed by the user.
    """

    def __init__(self, loop: ReplyLoop, removed: Callable[[str], object], *, closes_without_view: bool) -> None:
        self._loop = loop
        self._removed = removed
        self._closes_without_view = closes_without_view
        self._views: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def set(self, page: str, views: int) -> None:
        """Note the number of views that a page has."""
        before = sum(self._views.values())
        self._views[page] = views
        after = sum(self._views.values())
        if after:
            self.close()
        if before and not after and self._closes_without_view:
            self._timer = self._loop.loop.call_later(NO_VIEW_SECONDS, self._removed, "closed")

    def keep(self, pages: Container[str]) -> None:
        """Forget all pages but these."""
        self._views = {page: views for page, views in self._views.items() if page in pages}

    def forget(self, page: str) -> bool:
        """Forget a page that is being closed, which removes nothing, and return whether it had the last view."""
        return bool(self._views.pop(page, 0)) and not sum(self._views.values())

    def close(self) -> None:
        """Wait no longer for a view."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
