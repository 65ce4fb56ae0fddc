"""One output of a cell: what names it, and what it shows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from ...kernel.cell_request import Request
from ...kernel.cells import capturing_widget
from ...kernel.host import Host


@dataclass(eq=False)
class Place:
    """One output that shows a widget.

    Attributes:
        shown_in: The shell's execution count in its cell.
        message_id: The id of the message that made it.
        captured_by: The model id of the `Output` of ipywidgets that took it; empty if there is none.
        cell: The request of the cell that shows it.
        cell_number: The number of that cell, as the notebook shows it.
        has_view: Whether it still shows the live view.
        display_id: The name by which its data can be replaced.
    """

    shown_in: object
    message_id: str
    captured_by: str
    cell: Request
    cell_number: int
    has_view: bool = True
    display_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def here(cls, host: Host) -> Place:
        """Name a new output of the running cell."""
        from IPython import get_ipython

        shell = get_ipython()
        request = host.request
        message_id = str(request.get("header", {}).get("msg_id") or "")
        return cls(shell.execution_count, message_id, capturing_widget(request), request, _cell_number(shell))

    def is_captured_with(self, other: Place) -> bool:
        """Tell whether an `Output` of ipywidgets has taken both outputs during the same message."""
        both = (self.message_id, self.captured_by), (other.message_id, other.captured_by)
        return bool(self.captured_by) and both[0] == both[1]


def _cell_number(shell: Any) -> int:
    """Return the number of the running cell. IPython 9 counts on before it runs a cell, earlier versions after."""
    history = getattr(shell, "history_manager", None)
    return int(shell.execution_count) if history is None else len(history.input_hist_parsed) - 1
