"""Requests of the kernel's cells: which cell ran last, and in which cell each widget was made.

A front end shows an output under the cell whose request the output names as its parent. The callback of a button
has no cell. Its output names the button's message, which no front end shows. So nbstream remembers the requests of
cells, to show what a callback makes under the cell that made the button.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .cell_request import CELL_REQUEST, Request, request_type
from .comms import open_comms
from .host import Host, current_host


class Cells:
    """The requests of the cells of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._last: Request | None = None
        self._by_comm: dict[str, Request] = {}
        # Widgets that exist already were made before this cell, or in it by the lines above `import nbstream`.
        self._known_comms: set[str] = set()
        self._at_end: list[Callable[[], None]] = []
        if (events := host.events) is not None:
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
        if request_type(parent) in ("", CELL_REQUEST) or capturing_widget(parent):
            return parent
        return self._by_comm.get(str(parent.get("content", {}).get("comm_id"))) or self._last

    def at_end(self, action: Callable[[], None]) -> None:
        """Call a function when the running cell has ended."""
        self._at_end.append(action)

    def _enter(self, *_: object) -> None:
        request = self._host.request
        if request_type(request) == CELL_REQUEST:
            self._last = request

    def _leave(self, *_: object) -> None:
        comms = open_comms()
        for comm in comms - self._known_comms:
            if self._last is not None:
                self._by_comm[comm] = self._last
        for comm in self._by_comm.keys() - comms:
            del self._by_comm[comm]
        self._known_comms = comms
        actions, self._at_end = self._at_end, []
        for action in actions:
            action()


_cells: Cells | None = None


def cells_of(host: Host) -> Cells:
    """Return the requests of a host's cells; they are remembered from the first call on."""
    global _cells
    if _cells is None or _cells._host is not host:
        _cells = Cells(host)
    return _cells


def remember_cells() -> None:
    """Begin to remember the requests of cells, if this process has a kernel. Called when nbstream is imported."""
    host = current_host()
    if host.has_cells:
        cells_of(host)


def open_widgets() -> list[Any]:
    """Return the open widgets of ipywidgets, which keeps them in a private dict; without it none is known."""
    return list(getattr(sys.modules.get("ipywidgets.widgets.widget"), "_instances", {}).values())


def capturing_widget(parent: Request) -> str:
    """Return the model id of the `Output` of ipywidgets that takes a message's outputs, as within `with output:`.

    The string is empty if there is none.
    """
    message_id = parent.get("header", {}).get("msg_id")
    captors = [widget for widget in open_widgets() if getattr(widget, "msg_id", "") == message_id]
    return str(captors[-1].model_id) if message_id and captors else ""
