"""The cell outputs that show a chat or a row of chats live, and that hold its text in the notebook's file.

A page of JupyterLab or Notebook writes the conversation's text to the file in place of the live view
(`js/src/jupyterlab/notebook-saver.ts`), and the chat on the page stays live. In other hosts the kernel leaves the
text in the output. After a reply that a cell asked for, the text takes the place of the live view, because most
pages that open the file would show a view without its model as an error. VS Code does not, so the view stays
there, as it does after a reply from the message box. The main thread leaves the text, at the end of a cell that
waited for the reply, because nbclient drops messages that are sent from other threads or later.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ...core.saved.saved_notes import ELSEWHERE, EMPTY, SILENT, UNFINISHED, WRITING
from ...kernel.cell_request import cell_id_of
from ...kernel.cells import capturing_widget, cells_of
from ...kernel.host import Host, is_last_value
from ...kernel.host_facts import AnswerDisplay, FileWriter
from .place import Place

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""A MIME bundle and its metadata, as `_repr_mimebundle_` returns them."""

NOWHERE = (
    "No page shows this chat, because no cell was running when it was made, as in a button's callback. Make an "
    "ipywidgets.Output in a cell and write: with output: nbstream.chat(…)"
)


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
        # The main thread shows outputs while a page connects on the loop. A list that is computed and then put in
        # place would lose what the other thread has changed meanwhile, so the list is changed as it is.
        self._places: list[Place] = []
        # The outputs that are hidden once a page says that it writes the notebook's file.
        self._late: list[Place] = []
        self.shown_in: object = None
        self.cell_number = 0
        self.cell = ""
        # Whether the text that waits for a page to connect keeps the view; `None` if no text waits. Only the page
        # knows whether it writes the file.
        self._pending: bool | None = None

    def show(self, plain: str, *, asked: bool = False) -> None:
        """Show the widget under the running cell, and hide the outputs that show it there already.

        Do nothing if IPython displays the widget as the cell's last value after the cell has already shown it, or
        if ipywidgets does so after a function that `interact` has called has shown it.

        Args:
            plain: The plain text that stands for an empty conversation, as in a terminal.
            asked: Whether a question is sent right after this call.
        """
        place = Place.here(self._host)
        is_shown = self.shown_in == place.shown_in and is_last_value()
        if is_shown or any(place.is_captured_with(known) for known in self._places):
            return
        bundle = self._bundle()
        if not bundle:
            return
        self.shown_in, self.cell_number = place.shown_in, place.cell_number
        is_live = self._host.facts.display is not AnswerDisplay.OUTPUT_TEXT
        empty = (WRITING if is_live else UNFINISHED) if asked else (SILENT if is_live else EMPTY)
        # A console shows the plain text alone.
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
        self._display(data, place)
        self.hide_in_cell()
        self._places.append(place)

    def hide_in_cell(self) -> None:
        """Hide the outputs of the running cell, because the widget is shown in another place of the same cell."""
        from IPython import get_ipython

        count = get_ipython().execution_count
        # An output that a widget has taken is not found by its display id.
        hidden = [place for place in self._places.copy() if place.shown_in == count and not place.captured_by]
        if not hidden:
            return
        if capturing_widget(self._host.request):
            # JupyterLab gives everything that the message causes to the capturing widget, also updates.
            self._forget(hidden)
            cells_of(self._host).at_end(lambda: self._hide(hidden))
        else:
            self._hide(hidden)

    def take(self, place: Place) -> None:
        """Add an output that shows the widget already. Its live view stays beside the text."""
        self.shown_in, self.cell_number, self.cell = place.shown_in, place.cell_number, cell_id_of(place.cell)
        self._places.append(place)
        self.finalize(keeps_view=True)

    def hide_once_saved(self, cell_count: object, *, is_saved: bool) -> None:
        """Hide the outputs of a cell at once or once a page has said that it writes the notebook's file.

        Args:
            cell_count: The shell's execution count in that cell.
            is_saved: Whether another output has the text already.
        """
        places = self._places.copy()
        late = [place for place in places if place.shown_in == cell_count and not place.captured_by]
        if is_saved:
            self._hide(late)
        else:
            self._late = late
            self.page_connected()

    def is_captured_by(self, widget: str) -> bool:
        """Tell whether the `Output` of ipywidgets with this model id has taken an output."""
        return any(place.captured_by == widget for place in self._places)

    def _forget(self, places: Sequence[Place]) -> None:
        for place in places:
            # The other thread may have forgotten it already.
            with suppress(ValueError):
                self._places.remove(place)

    def _hide(self, places: Sequence[Place]) -> None:
        self._forget(places)
        for place in places:
            self._update({"text/markdown": "", "text/plain": ""}, {}, place)

    def _display(self, data: dict[str, Any], place: Place) -> None:
        from IPython.display import display

        parent = self._host.request
        request = cells_of(self._host).request_for(parent)
        if request is None:
            warnings.warn(NOWHERE, stacklevel=2)
            return
        if request is parent:
            display(data, metadata=self._metadata, raw=True, display_id=place.display_id)  # type: ignore[no-untyped-call]
        else:
            self._host.publish("display_data", data, self._metadata, place.display_id, request)
            place.cell = request
        self.cell = cell_id_of(request)

    def finalize(self, *, keeps_view: bool = False) -> None:
        """Leave the text in the output, unless a page writes it to the file.

        Called at the end of a reply. If no page has connected yet, `page_connected` decides later.

        Args:
            keeps_view: Whether the text stands beside the live view, and not in its place, in every host that
                shows one.
        """
        writer = self._host.facts.file
        keeps_view = keeps_view or self._keeps_view or writer is FileWriter.KERNEL_BESIDE_VIEW
        if writer in (FileWriter.KERNEL, FileWriter.KERNEL_BESIDE_VIEW):
            self._leave_text(keeps_view=keeps_view)
        elif writer is FileWriter.PAGE_OR_KERNEL and (keeps_view or not self._is_running()):
            self._pending = keeps_view
            self.page_connected()

    def page_connected(self) -> None:
        """Leave the text for `finalize`, unless the page that has connected writes it to the file."""
        saved_by_page = self._is_saved_by_page()
        if self._late and saved_by_page is not None:
            late, self._late = self._late, []
            if saved_by_page:
                self._hide(late)
        if self._pending is not None and saved_by_page is not None:
            keeps_view, self._pending = self._pending, None
            if not saved_by_page:
                self._leave_text(keeps_view=keeps_view)

    def _leave_text(self, *, keeps_view: bool) -> None:
        text = self._text(EMPTY, False)
        keeps_view = keeps_view and self._host.facts.display is not AnswerDisplay.OUTPUT_TEXT
        for place in self._places.copy():
            place.has_view = place.has_view and keeps_view
            view = (self._bundle() or ({}, {}))[0] if place.has_view else {}
            self._update({**view, **text}, self._metadata, place)
            text = {"text/markdown": f"*{ELSEWHERE}*", "text/plain": ELSEWHERE}

    def _update(self, data: dict[str, Any], metadata: dict[str, Any], place: Place) -> None:
        if self._host.facts.file is FileWriter.KERNEL or not self._host.can_publish:
            from IPython.display import update_display

            # nbclient takes only messages of the cell that runs.
            update_display(data, metadata=metadata, raw=True, display_id=place.display_id)  # type: ignore[no-untyped-call]
        else:
            # VS Code takes an update only if it names the request of a cell, and the main thread may be at work
            # for another message (`onKernelIOPubMessage` in `src/kernels/execution/cellExecutionMessageHandler.ts`
            # of microsoft/vscode-jupyter).
            self._host.publish("update_display_data", data, metadata, place.display_id, place.cell)
