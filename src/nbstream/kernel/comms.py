"""The comms of this process: channels between a widget, or another object, and its counterpart on a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

OnOpen = Callable[[Any, Mapping[str, Any]], None]
"""Called with a comm that a page has opened, and with the message that opened it."""


def open_comms() -> set[str]:
    """Return the ids of all open comms."""
    comm = sys.modules.get("comm")
    return set(comm.get_comm_manager().comms) if comm is not None else set()


def register_comm_target(name: str, on_open: OnOpen) -> None:
    """Let pages open comms of this name."""
    # The package belongs to ipywidgets, and each kind of kernel puts a manager of its own into it.
    from comm import get_comm_manager

    get_comm_manager().register_target(name, on_open)


def send_without_parent(comm: Any, content: object) -> bool:
    """Send a custom message of a widget without a parent header; return whether the comm belongs to ipykernel.

    The parent header names the request that the kernel handles. It takes 224 bytes in ipykernel 7.4, which is more
    than the text of most frames. JupyterLab and Notebook find a widget's model by the comm's id alone. Only
    programs that run cells without a page look at the header (nbclient).
    """
    kernel = getattr(comm, "kernel", None)
    if kernel is None:
        return False
    message = {"data": {"method": "custom", "content": content}, "comm_id": comm.comm_id}
    kernel.session.send(kernel.iopub_socket, "comm_msg", message, ident=comm.topic)
    return True
