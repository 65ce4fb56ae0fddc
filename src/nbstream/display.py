"""How a chat stands in the outputs of cells: live on a page, as Markdown where there is none.

An output is shown once, from its cell, and may be replaced later by its display id. A page that is there keeps
its live view to itself; what a run without a page leaves in its notebook must be whole when its cell ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from .kernel import is_headless

VIEW = "application/vnd.jupyter.widget-view+json"


class Outputs:
    """The outputs that show one chat.

    Args:
        kernel: The kernel this process is.
        written: Gives the conversation as an output's data, without its live view.
    """

    def __init__(self, kernel: Any, written: Callable[[], Mapping[str, str]]) -> None:
        self._kernel = kernel
        self._written = written
        self._ids: list[str] = []
        self._shown_in: object = None

    def show(self, view: Mapping[str, Any]) -> None:
        """Show the chat under the running cell, but not again as the last value of the cell that made it.

        Args:
            view: The data of the live view.
        """
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        is_last_value = getattr(shell.displayhook, "msg", None) is not None
        if is_last_value and self._shown_in == shell.execution_count:
            return
        self._shown_in = shell.execution_count
        self._ids.append(uuid.uuid4().hex)
        data = self._written() if is_headless(self._kernel) else {**view, **self._written()}
        display(data, raw=True, display_id=self._ids[-1])  # type: ignore[no-untyped-call]

    def settle(self) -> None:
        """A cell that waited ends. Without a page, its notebook holds what stands in its outputs now.

        Called on the main thread, in that cell: nbclient takes what comes from another for another cell's.
        """
        if not is_headless(self._kernel):
            return
        from IPython.display import update_display

        for display_id in self._ids:
            update_display(self._written(), raw=True, display_id=display_id)  # type: ignore[no-untyped-call]
