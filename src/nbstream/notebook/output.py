"""A chat's outputs, or a row's of chats: shown live, and left as Markdown where no page writes them into the file.

A page of JupyterLab or Notebook exchanges the view for the text whenever it saves (`js/src/keeper.ts`) and keeps
the chat live. Where there is none, the kernel itself puts the text in the view's place: at the end of a waiting
cell, on its main thread, as nbclient drops what comes from elsewhere or later.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ..core.saved_output import ELSEWHERE, EMPTY, UNFINISHED
from ..kernel.listener import cell_of, is_headless

Bundle = tuple[dict[str, Any], dict[str, Any]]


class Output:
    """The outputs that show one thing.

    Args:
        kernel: The kernel, which knows the cell that runs.
        marks: What the page knows them by: `chat`, the name of the model that is shown, and for a row of chats
            `row`, the names of their models and what each is called.
        text: Writes what was said, or what it is given if nothing was.
        view: Makes the bundle that shows it live.
        saved: Whether a page writes the file; `None` while none has been heard.
    """

    def __init__(
        self,
        kernel: Any,
        marks: Mapping[str, Any],
        text: Callable[[str], Mapping[str, str]],
        view: Callable[[], Bundle | None],
        saved: Callable[[], bool | None],
    ) -> None:
        self._kernel = kernel
        self._metadata = {"nbstream": dict(marks)}
        self._text = text
        self._view = view
        self._saved = saved
        self._names: list[str] = []
        self._shown_in: object = None
        # The id of the cell with the latest output, where the host names it.
        self.cell = ""
        # A page is about to come and may not write the file.
        self._owed = False
        self.on_greeting: Callable[[], None] = lambda: None

    def show(self, plain: str, *, asked: bool = False) -> None:
        """Show the chat, but not again as the last value of the cell that made it.

        Args:
            plain: What a terminal shows of a chat in which nothing was said.
            asked: A question follows at once.
        """
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        is_last_value = getattr(shell.displayhook, "msg", None) is not None
        if not (is_last_value and self._shown_in == shell.execution_count) and (bundle := self._view()):
            self._shown_in = shell.execution_count
            name = uuid.uuid4().hex
            self._names.append(name)
            empty = UNFINISHED if asked else EMPTY
            data = dict(self._text(empty))
            if data["text/plain"] == empty:
                data["text/plain"] = plain
            # A run with nobody there may end before its background chats do, and holds what it was shown.
            if not is_headless(self._kernel):
                data = {**bundle[0], **data}
            display(data, metadata=self._metadata, raw=True, display_id=name)  # type: ignore[no-untyped-call]
            self.cell = cell_of(self._kernel)

    def settle(self) -> None:
        """A cell that waited for an answer ends: leave the text where no page will write it."""
        saved = self._saved()
        if saved is None and not is_headless(self._kernel):
            self._owed = True
        elif not saved:
            self._leave_text()

    def greeted(self) -> None:
        """A page was heard, maybe after the answer's end."""
        self.on_greeting()
        if self._owed and (saved := self._saved()) is not None:
            self._owed = False
            if not saved:
                self._leave_text()

    def _leave_text(self) -> None:
        from IPython.display import update_display

        data = dict(self._text(EMPTY))
        for name in self._names:
            update_display(data, metadata=self._metadata, raw=True, display_id=name)  # type: ignore[no-untyped-call]
            data = {"text/markdown": f"*{ELSEWHERE}*", "text/plain": ELSEWHERE}
