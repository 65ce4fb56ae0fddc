"""Messages of pages to Python in a browser, over a `BroadcastChannel` between the page and the kernel's worker.

JupyterLite hands a kernel one message after the other, so a cell that waits holds back the messages of widgets: a
Stop, acknowledgements, the approval of a call. A `BroadcastChannel` reaches the worker directly, and its messages
are received while a cell is set aside. The page's end is `sendControl` in `js/src/transport/jupyter.ts`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

PREFIX = "broadcast:"
"""The beginning of the addresses that are names of such channels."""


def is_supported() -> bool:
    """Return whether this Python is in a browser that has these channels."""
    try:
        return hasattr(import_module("js"), "BroadcastChannel")
    except ImportError:
        return False


class BroadcastReceiver:
    """Receives the messages of one channel until it is closed.

    Args:
        name: The name of the channel.
        on_message: Called with each message, as Python's own types.
    """

    def __init__(self, name: str, on_message: Callable[[object], object]) -> None:
        from pyodide.ffi import create_proxy

        self._channel: Any = import_module("js").BroadcastChannel.new(name)
        self._proxy: Any = create_proxy(lambda event: on_message(event.data.to_py()))
        self._channel.onmessage = self._proxy

    def close(self) -> None:
        """Receive no more messages."""
        self._channel.close()
        self._proxy.destroy()
