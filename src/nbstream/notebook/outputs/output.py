"""The cell outputs that show a chat or a row of chats live, and that hold its text in the notebook's file.

A page of JupyterLab or Notebook writes the conversation's text to the file in place of the live view
(`js/src/jupyterlab/notebook-saver.ts`), and the chat on the page stays live. In other hosts the kernel replaces
the live view with the text. It does so on the main thread at the end of a cell that waited for the reply, because
nbclient drops messages that are sent from other threads or later.
"""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.saved.saved_output import ELSEWHERE, EMPTY, UNFINISHED
from ...kernel.cells import capturing_widget, cells_of
from ...kernel.host import Host, cell_id_of, is_last_value
from ...kernel.host_facts import AnswerDisplay, FileWriter

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""A MIME bundle and its metadata, as `_repr_mimebundle_` returns them."""


NOWHERE = (
    "No page shows this chat, because no cell was running when it was made, as in a button's callback. Make an "
    "ipywidgets.Output in a cell and write: with output: nbstream.chat(…)"
)


WRITING = "Claude is writing this answer."
SILENT = "Nothing has been said in this chat yet."
"""The sentences for a conversation without any text, as long as it is live. A page that does not draw the widget
shows them, such as another reader's in real-time collaboration."""


@dataclass(frozen=True)
class _Place:
    """One output: its display id, the cell's count, the message that made it, and the `Output` that took it."""

    display_id: str
    shown_in: object
    request: str
    captured_by: str


class Output:
    """All outputs of one widget, which is a chat or a row of chats. Each call of `show` adds an output.

    Args:
        host: The host, which knows the running cell.
        metadata: Data by which the page recognizes the output. `chat` is the id of the widget's model. A row of
            chats also has `row`, which maps the model id of each chat to its label.
        text: Returns the conversation as a MIME bundle of text. Its arguments are the text that stands for an
            empty conversation, and whether the plain text is the whole conversation or only a line.
        bundle: Builds the MIME bundle that shows the widget live.
        is_saved_by_page: Returns whether a page writes the notebook's file; `None` if no page has connected yet.
        is_running: Returns whether a reply runs in a chat that the widget shows.
        keeps_view: Whether the text that the kernel leaves stands beside the live view, and not in its place.

    Attributes:
        shows: The metadata as passed.
        shown_in: The shell's execution count at the latest output; `None` if there is none.
        cell_number: The number of the cell with the latest output, as the notebook shows it.
        cell: The id of the cell with the latest output; empty if there is none or the host does not send cell ids.
    """

    def __init__(
        self,
        host: Host,
        metadata: Mapping[str, Any],
        text: Callable[[str, bool], Mapping[str, str]],
        bundle: Callable[[], Bundle | None],
        is_saved_by_page: Callable[[], bool | None],
        is_running: Callable[[], bool] = lambda: False,
        *,
        keeps_view: bool = False,
    ) -> None:
        self._host = host
        self.shows = dict(metadata)
        self._metadata = {"nbstream": self.shows}
        self._text = text
        self._bundle = bundle
        self._is_saved_by_page = is_saved_by_page
        self._is_running = is_running
        self._keeps_view = keeps_view
        self._places: list[_Place] = []
        # The outputs that are hidden once a page says that it writes the notebook's file.
        self._late: list[_Place] = []
        self.shown_in: object = None
        self.cell_number = 0
        self.cell = ""
        # Whether the text waits for a page to connect, because only the page knows whether it writes the file.
        self._text_pending = False

    def show(self, plain: str, *, asked: bool = False) -> None:
        """Show the widget under the running cell, and hide the outputs that show it there already.

        Do nothing if IPython displays the widget as the cell's last value after the cell has already shown it, or
        if ipywidgets does so after a function that `interact` has called has shown it.

        Args:
            plain: The plain text that stands for an empty conversation, as in a terminal.
            asked: Whether a question is sent right after this call.
        """
        from IPython import get_ipython

        shell = get_ipython()
        request = str(self._host.request.get("header", {}).get("msg_id") or "")
        captor = capturing_widget(self._host.request)
        place = _Place(uuid.uuid4().hex, shell.execution_count, request, captor)
        is_shown = self.shown_in == place.shown_in and is_last_value()
        if is_shown or (captor and any(_is_same(place, known) for known in self._places)):
            return
        bundle = self._bundle()
        if not bundle:
            return
        self.shown_in = shell.execution_count
        self.cell_number = _cell_number(shell)
        is_live = self._host.facts.display is not AnswerDisplay.OUTPUT_TEXT
        empty = (WRITING if is_live else UNFINISHED) if asked else (SILENT if is_live else EMPTY)
        # A console shows nothing but the plain text.
        data = dict(self._text(empty, self._host.facts.display is AnswerDisplay.WIDGET_OR_PRINTED))
        if data["text/plain"] == empty:
            data["text/plain"] = plain
        # A headless run may end while chats are still running in the background. Its file then keeps the data that
        # is sent here, so the live view is left out of that data.
        if is_live:
            data = {**bundle[0], **data}
        if asked and self._host.facts.display is AnswerDisplay.WIDGET_OR_PRINTED:
            # A console prints the answer, as a terminal does.
            del data["text/plain"]
        self._display(data, place.display_id)
        self.hide_in_cell()
        self._places.append(place)

    def hide_in_cell(self) -> None:
        """Hide the outputs of the running cell, because the widget is shown in another place of the same cell."""
        from IPython import get_ipython

        count = get_ipython().execution_count
        # An output that a widget has taken is not found by its display id.
        hidden = [place for place in self._places if place.shown_in == count and not place.captured_by]
        self._places = [place for place in self._places if place not in hidden]
        if not hidden:
            return
        if capturing_widget(self._host.request):
            # JupyterLab gives everything that the message causes to the capturing widget, also updates.
            cells_of(self._host).at_end(lambda: self._hide(hidden))
        else:
            self._hide(hidden)

    def hide_once_saved(self, cell_count: object) -> None:
        """Hide the outputs of a cell once a page has said that it writes the notebook's file.

        Args:
            cell_count: The shell's execution count in that cell.
        """
        self._late = [place for place in self._places if place.shown_in == cell_count and not place.captured_by]
        self.page_connected()

    def is_captured_by(self, widget: str) -> bool:
        """Tell whether the `Output` of ipywidgets with this model id has taken an output."""
        return any(place.captured_by == widget for place in self._places)

    def _hide(self, places: Iterable[_Place]) -> None:
        from IPython.display import update_display

        for place in places:
            update_display({"text/markdown": "", "text/plain": ""}, raw=True, display_id=place.display_id)  # type: ignore[no-untyped-call]

    def _display(self, data: dict[str, Any], display_id: str) -> None:
        from IPython.display import display

        parent = self._host.request
        request = cells_of(self._host).request_for(parent)
        if request is None:
            warnings.warn(NOWHERE, stacklevel=2)
            return
        if request is parent:
            display(data, metadata=self._metadata, raw=True, display_id=display_id)  # type: ignore[no-untyped-call]
        else:
            self._host.publish(data, self._metadata, display_id, at=request)
        self.cell = cell_id_of(request)

    def finalize(self) -> None:
        """Replace the live view with the text, unless a page writes the text to the file.

        Called at the end of a cell that waited. If no page has connected yet, `page_connected` decides later.
        """
        writer = self._host.facts.file
        if writer is FileWriter.KERNEL:
            self._leave_text()
        elif writer is FileWriter.PAGE_OR_KERNEL and not self._is_running():
            self._text_pending = True
            self.page_connected()

    def page_connected(self) -> None:
        """Leave the text for `finalize`, unless the page that has connected writes it to the file."""
        saved_by_page = self._is_saved_by_page()
        if self._late and saved_by_page is not None:
            late, self._late = self._late, []
            if saved_by_page:
                self._places = [place for place in self._places if place not in late]
                self._hide(late)
        if self._text_pending and saved_by_page is not None:
            self._text_pending = False
            if not saved_by_page:
                self._leave_text()

    def _leave_text(self) -> None:
        from IPython.display import update_display

        data = dict(self._text(EMPTY, False))
        if self._keeps_view and self._host.facts.display is not AnswerDisplay.OUTPUT_TEXT:
            data = {**(self._bundle() or ({}, {}))[0], **data}
        for place in self._places:
            update_display(data, metadata=self._metadata, raw=True, display_id=place.display_id)  # type: ignore[no-untyped-call]
            data = {"text/markdown": f"*{ELSEWHERE}*", "text/plain": ELSEWHERE}


def _is_same(one: _Place, other: _Place) -> bool:
    return (one.request, one.captured_by) == (other.request, other.captured_by)


def _cell_number(shell: Any) -> int:
    """Return the number of the running cell. IPython 9 counts on before it runs a cell, earlier versions after."""
    history = getattr(shell, "history_manager", None)
    return int(shell.execution_count) if history is None else len(history.input_hist_parsed) - 1
