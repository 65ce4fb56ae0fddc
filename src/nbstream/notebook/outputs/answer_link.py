"""Line under a later cell that asked a chat. It leads to the chat, which is shown under an earlier cell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ...kernel.cell_request import CELL_REQUEST, request_type
from ...kernel.host import Host
from .output import Output


class AnswerLink:
    """Line under the cell that asked last, if the chat itself is shown under another cell.

    Args:
        host: The host. Without cells, no line is shown.
        chat: The id of the chat's model. The page gives it to the element of the chat's view.
    """

    def __init__(self, host: Host, chat: str) -> None:
        self._host = host
        self._chat = chat
        self._display_id = ""
        self._is_awaited = False
        self._asked_in: object = None
        self._cell_number = 0

    def show(self, outputs: Iterable[Output]) -> None:
        """Show the line under the running cell, unless that cell shows the chat or no cell shows it.

        Args:
            outputs: The outputs of the chat, and after them those of a row that shows the chat beside others.
        """
        self._display_id = ""
        shown = [output for output in outputs if output.shown_in is not None]
        if not self._host.has_cells or not shown:
            return
        from IPython import get_ipython
        from IPython.display import display

        # The callback of a button has no cell under which a line could be shown.
        self._asked_in = get_ipython().execution_count
        if shown[-1].shown_in == self._asked_in or request_type(self._host.request) not in ("", CELL_REQUEST):
            return
        self._cell_number = shown[-1].cell_number
        self._display_id = uuid.uuid4().hex
        self._is_awaited = True
        display(self._line("The answer is"), raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]

    def hide(self) -> None:
        """Empty the line if the running cell is the one that asked, because the chat is shown there now."""
        if not self._display_id:
            return
        from IPython import get_ipython

        if get_ipython().execution_count == self._asked_in:
            self._update({"text/markdown": "", "text/plain": ""})
            self._display_id = ""

    def reply_ended(self, error: BaseException | None) -> None:
        """Say in the line that the answer has failed, if it has. Later replies of the chat do not change the line.

        Args:
            error: The exception with which the reply failed; `None` if it did not fail.
        """
        if self._display_id and self._is_awaited and error is not None:
            self._update(self._line(f"The answer failed ({type(error).__name__}); the reason is"))
        self._is_awaited = False

    def _line(self, begin: str) -> dict[str, str]:
        place = f"the chat under cell {self._cell_number}"
        return {
            "text/markdown": f"{begin} in [{place}](#{element_id(self._chat)}).",
            "text/plain": f"{begin} in {place}.",
        }

    def _update(self, data: dict[str, str]) -> None:
        from IPython.display import update_display

        update_display(data, raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]


def element_id(chat: str) -> str:
    """Return the id of the element that shows a chat; `js/src/entry/widget.ts` sets it."""
    return f"nbstream-{chat}"
