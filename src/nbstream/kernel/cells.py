"""Requests of the kernel's cells: which cell ran last, and in which cell each widget was made.

A front end shows an output under the cell whose request the output names as its parent. The callback of a button
has no cell. Its output names the button's message, which no front end shows. So nbstream remembers the requests of
cells, to show what a callback makes under the cell that made the button.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from .listener import find_kernel

Request = Mapping[str, Any]
"""A message of the front end, with its `header`, `metadata` and `content`."""

_CELL = "execute_request"


class Cells:
    """The requests of the cells of one kernel."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._last: Request | None = None
        self._by_comm: dict[str, Request] = {}
        # Widgets that exist already were made before this cell, or in it by the lines above `import nbstream`.
        self._known_comms: set[str] = set()
        events = getattr(getattr(kernel, "shell", None), "events", None)
        if events is not None:
            events.register("pre_run_cell", self._enter)
            events.register("post_run_cell", self._leave)
        # A cell imports nbstream, so its own beginning has gone by unseen.
        self._enter()

    def request_for(self, parent: Request) -> Request | None:
        """Return the request under which a front end shows an output that is made while `parent` is handled.

        Returns:
            `parent` itself if it is a cell's request or of an unknown kind. For a widget's message, the request of
            the cell that made the widget, or else of the cell that ran last. `None` if no cell is known.
        """
        kind = _kind(parent)
        if kind in ("", _CELL) or _is_captured(parent):
            return parent
        return self._by_comm.get(str(parent.get("content", {}).get("comm_id"))) or self._last

    def _enter(self, *_: object) -> None:
        request = self._kernel.get_parent("shell")
        if _kind(request) == _CELL:
            self._last = request

    def _leave(self, *_: object) -> None:
        open_comms = _open_comms()
        for comm in open_comms - self._known_comms:
            if self._last is not None:
                self._by_comm[comm] = self._last
        for comm in self._by_comm.keys() - open_comms:
            del self._by_comm[comm]
        self._known_comms = open_comms


_cells: Cells | None = None


def cells_of(kernel: Any) -> Cells:
    """Return the requests of a kernel's cells; they are remembered from the first call on."""
    global _cells
    if _cells is None or _cells._kernel is not kernel:
        _cells = Cells(kernel)
    return _cells


def remember_cells() -> None:
    """Begin to remember the requests of cells, if this process has a kernel. Called when nbstream is imported."""
    kernel = find_kernel()
    if kernel is not None:
        cells_of(kernel)


def _kind(message: Request) -> str:
    return str(message.get("header", {}).get("msg_type") or "")


def _open_comms() -> set[str]:
    comm = sys.modules.get("comm")
    return set(comm.get_comm_manager().comms) if comm is not None else set()


def _is_captured(parent: Request) -> bool:
    """Tell whether an `Output` of ipywidgets takes the outputs of a message, as within `with output:`."""
    # ipywidgets keeps its widgets in a private dict. Without it, an output is not known to be captured.
    widgets = getattr(sys.modules.get("ipywidgets.widgets.widget"), "_instances", {})
    message_id = parent.get("header", {}).get("msg_id")
    return any(getattr(widget, "msg_id", "") == message_id for widget in list(widgets.values()))
