"""Widgets that hold chats, such as a `VBox` of ipywidgets. Their outputs also hold the text of the chats.

ipywidgets knows nothing of a notebook's file, so the output of a `VBox` would lose the answer. IPython's formatter
lets a function display the widgets of a class. This one displays those that hold a chat as a chat is displayed.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import ipywidgets

from ...kernel.cells import cells_of, open_widgets
from ...kernel.host import Host
from ...kernel.host_facts import FileWriter
from ..chat.widget import Chat
from .output import Bundle, Output
from .place import Place

MAX_DEPTH = 5
"""How deep lists and dicts in a widget's state are searched for widgets."""

MAX_ITEMS = 1_000
"""How many items of a list are searched. Widgets of plots have lists with a million numbers."""


class Containers:
    """Displays the widgets that hold chats.

    Args:
        host: The host, which has cells.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        # The widgets without a chat that the running cell has displayed. Where the kernel writes the file, the
        # output of a box has a name by which a text can be put into it later.
        self._displayed: list[tuple[weakref.ref[ipywidgets.Widget], Place | None]] = []

    def register(self) -> None:
        """Register with IPython's formatter."""
        from IPython import get_ipython

        formatter = getattr(get_ipython(), "display_formatter", None)
        if formatter is not None:
            formatter.ipython_display_formatter.for_type(ipywidgets.Widget, self.display)

    def display(self, widget: ipywidgets.Widget) -> None:
        """Display a widget that holds chats. A chat that the running cell has shown is moved there.

        Raises:
            NotImplementedError: The widget holds no chat; IPython then displays it as ever.
        """
        if isinstance(widget, Chat):
            widget.show()
        elif chats := list(chats_within(widget)):
            container_output(self._host, widget, chats).show(repr(widget)[:MAX_ITEMS])
            for chat in chats:
                chat._session.outputs.own.hide_in_cell()
        elif (display := getattr(widget, "_ipython_display_", None)) is not None:
            display()
        else:
            if not self._displayed:
                from IPython import get_ipython

                # Some versions of IPython count on before the cell's end is reported.
                count = get_ipython().execution_count
                cells_of(self._host).at_end(lambda: self._move_late_children(count))
            place = self._show_named(widget)
            self._displayed.append((weakref.ref(widget), place))
            if place is None:
                raise NotImplementedError

    def _show_named(self, widget: ipywidgets.Widget) -> Place | None:
        """Show a box as IPython would, and return its output; do nothing where a page may write the file."""
        if self._host.facts.file is not FileWriter.KERNEL_BESIDE_VIEW or not isinstance(widget, ipywidgets.Box):
            return None
        from IPython.display import display

        place = Place.here(self._host)
        display(widget._repr_mimebundle_(), raw=True, display_id=place.display_id)  # type: ignore[no-untyped-call]
        return place

    def _move_late_children(self, cell_count: object) -> None:
        """Hide the chats that were put into a widget after the cell had displayed it."""
        displayed, self._displayed = self._displayed, []
        for reference, place in displayed:
            widget = reference()
            chats = [] if widget is None else list(chats_within(widget))
            if widget is not None and chats and place is not None:
                container_output(self._host, widget, chats).take(place)
            for chat in chats:
                # Only a page finds the chat in the widget. Elsewhere the text stays in the chat's own output,
                # unless the widget's output has it.
                chat._session.outputs.own.hide_once_saved(cell_count, is_saved=place is not None)


_containers: Containers | None = None


def watch_containers(host: Host) -> None:
    """Display widgets that hold chats from now on. Further calls have no effect."""
    global _containers
    if host.has_cells and (_containers is None or _containers._host is not host):
        _containers = Containers(host)
        _containers.register()


def container_output(host: Host, widget: ipywidgets.Widget, chats: list[Chat]) -> Output:
    """Return the output of a widget that holds chats. It is kept by the chats."""
    row = {"chat": widget.model_id, "row": {chat.model_id: "" for chat in chats}}
    for known in chats[0]._session.outputs.others:
        if known.shows == row:
            return known

    def text(empty: str, is_plain_whole: bool) -> dict[str, str]:
        from ...core.saved.saved_output import saved_turns, side_by_side, to_output

        each = [("", saved_turns(chat._session.conversation.transcript.turns)) for chat in chats]
        if len(each) == 1:
            return to_output(each[0][1], empty, is_plain_whole=is_plain_whole)
        return side_by_side(each, empty, is_plain_whole=is_plain_whole)

    def bundle() -> Bundle | None:
        data: Any = widget._repr_mimebundle_()
        return data if isinstance(data, tuple) or data is None else (data, {})

    def is_saved_by_page() -> bool | None:
        known = [chat._session.connection.saved_by_page for chat in chats]
        return next((saved for saved in known if saved is not None), None)

    def is_running() -> bool:
        return any(chat._session.conversation.running for chat in chats)

    made = Output(host, row, text, bundle, is_saved_by_page, is_running)
    for chat in chats:
        chat._session.outputs.others.append(made)
    return made


def chats_within(widget: ipywidgets.Widget) -> Iterator[Chat]:
    """Find the chats that a widget shows, in the order of the widget's children.

    Yields:
        Each chat once.
    """
    seen: set[int] = set()
    pending: list[tuple[Any, int]] = [(widget, 0)]
    while pending:
        item, depth = pending.pop()
        inner: list[Any] = []
        if isinstance(item, ipywidgets.Widget) and id(item) not in seen:
            seen.add(id(item))
            if isinstance(item, Chat):
                yield item
            elif isinstance(item, ipywidgets.Output):
                inner = _captured_by(item)
            else:
                inner = [getattr(item, name) for name in item.keys]
            depth = 0
        elif isinstance(item, (list, tuple)) and depth < MAX_DEPTH:
            inner = list(item[:MAX_ITEMS])
        elif isinstance(item, dict) and depth < MAX_DEPTH:
            inner = list(item.values())[:MAX_ITEMS]
        pending += [(value, depth + 1) for value in reversed(inner)]


def _captured_by(output: ipywidgets.Output) -> list[Chat]:
    chats = [widget for widget in open_widgets() if isinstance(widget, Chat)]
    return [chat for chat in chats if chat._session.outputs.own.is_captured_by(output.model_id)]
