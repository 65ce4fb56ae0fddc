"""The outputs of a chat, or of a row of chats: shown live, and left as Markdown where no page writes the file.

A page of JupyterLab or Notebook exchanges the live view for the text whenever it saves the file
(`js/src/jupyterlab/notebook-saver.ts`) and keeps the chat live. Elsewhere the kernel puts the text in the view's
place. It does so from the main thread at the end of a waiting cell, because nbclient drops messages that come from
other threads or later.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ..core.saved_output import ELSEWHERE, EMPTY, UNFINISHED
from ..kernel.listener import is_headless, running_cell_id

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""A MIME bundle and its metadata, as `_repr_mimebundle_` returns them."""


class Output:
    """The outputs that show one thing.

    Args:
        kernel: The kernel, which knows the running cell; `None` without one.
        metadata: The names by which the page knows the output: `chat`, the model that is shown, and for a row of
            chats `row`, each chat's model and label.
        text: Returns the conversation as a MIME bundle of text, or the given text if it is empty.
        bundle: Makes the MIME bundle that shows the thing live.
        is_saved_by_page: Whether a page writes the file; `None` while no page has been heard.

    Attributes:
        cell: The id of the cell with the latest output, where the host names it; else empty.
    """

    def __init__(
        self,
        kernel: Any,
        metadata: Mapping[str, Any],
        text: Callable[[str], Mapping[str, str]],
        bundle: Callable[[], Bundle | None],
        is_saved_by_page: Callable[[], bool | None],
    ) -> None:
        self._kernel = kernel
        self._metadata = {"nbstream": dict(metadata)}
        self._text = text
        self._bundle = bundle
        self._is_saved_by_page = is_saved_by_page
        self._display_ids: list[str] = []
        self._shown_in: object = None
        self.cell = ""
        # The text could not be left yet: a page is about to connect, and only it knows whether it writes the file.
        self._text_pending = False

    def show(self, plain: str, *, asked: bool = False) -> None:
        """Show the thing, but not a second time as the last value of the cell that made it.

        Args:
            plain: The text that a terminal shows of an empty conversation.
            asked: A question follows at once.
        """
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        is_last_value = getattr(shell.displayhook, "msg", None) is not None
        if is_last_value and self._shown_in == shell.execution_count:
            return
        bundle = self._bundle()
        if not bundle:
            return
        self._shown_in = shell.execution_count
        display_id = uuid.uuid4().hex
        self._display_ids.append(display_id)
        empty = UNFINISHED if asked else EMPTY
        data = dict(self._text(empty))
        if data["text/plain"] == empty:
            data["text/plain"] = plain
        # A headless run may end before its background chats do; then its file keeps the first data it was sent.
        if not is_headless(self._kernel):
            data = {**bundle[0], **data}
        display(data, metadata=self._metadata, raw=True, display_id=display_id)  # type: ignore[no-untyped-call]
        self.cell = running_cell_id(self._kernel)

    def finalize(self) -> None:
        """Leave the text at the end of a cell that waited, where no page will write it."""
        saved_by_page = self._is_saved_by_page()
        if saved_by_page is None and not is_headless(self._kernel):
            self._text_pending = True
        elif not saved_by_page:
            self._leave_text()

    def page_connected(self) -> None:
        """Leave the text if it is pending and the page that has just connected does not write it."""
        if self._text_pending and (saved_by_page := self._is_saved_by_page()) is not None:
            self._text_pending = False
            if not saved_by_page:
                self._leave_text()

    def _leave_text(self) -> None:
        from IPython.display import update_display

        data = dict(self._text(EMPTY))
        for display_id in self._display_ids:
            update_display(data, metadata=self._metadata, raw=True, display_id=display_id)  # type: ignore[no-untyped-call]
            data = {"text/markdown": f"*{ELSEWHERE}*", "text/plain": ELSEWHERE}
