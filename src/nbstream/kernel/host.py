"""The host of this process, decided in one place: which program shows the outputs, and how to reach its kernel.

No other module asks whether there is a kernel or who runs its cells. They ask `current_host()`, whose `facts` are
in `host_facts.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from . import broadcast
from .cell_request import CELL_REQUEST, Request, kind_of_cell, request_type
from .host_facts import FACTS, Channel, HostFacts, HostKind
from .marimo_session import append_output


class Host:
    """The host of one process.

    Args:
        process: The kind of host as far as the process shows it. `NOTEBOOK` stands for every ipykernel whose kind
            depends on the front end that sends the cells.
        kernel: The kernel object; `None` in a terminal and in marimo.
        shell: IPython's shell that belongs to the kernel; by default the kernel's own.

    Attributes:
        kernel: As passed. Only modules of this folder look into it.
        pid: The process.
    """

    def __init__(self, process: HostKind, kernel: Any = None, shell: Any = None) -> None:
        self.kernel = kernel
        self.pid = os.getpid()
        self._process = process
        self._shell = shell if shell is not None else getattr(kernel, "shell", None)
        self._cells_kind = process
        self._has_greeted = False
        self._main_loop = _marimo_loop() if process is HostKind.MARIMO else None

    @property
    def kind(self) -> HostKind:
        """The kind of host. With an ipykernel it is the one that runs the present cell, or ran the last one."""
        if self._process is not HostKind.NOTEBOOK:
            return self._process
        request = self.request
        if request and request_type(request) in ("", CELL_REQUEST):
            self._cells_kind = kind_of_cell(request)
        if self._cells_kind is HostKind.CONSOLE and self._has_greeted:
            return HostKind.NOTEBOOK
        return self._cells_kind

    @property
    def facts(self) -> HostFacts:
        """The facts of this kind of host."""
        return FACTS[self.kind]

    @property
    def has_cells(self) -> bool:
        """Whether a front end sends cells to a kernel, and shows their outputs."""
        return self.kernel is not None

    @property
    def can_publish(self) -> bool:
        """Whether `publish` works; JupyterLite's kernel has no session."""
        return hasattr(self.kernel, "session")

    @property
    def has_threads(self) -> bool:
        """Whether there are threads; marimo in a browser has none either."""
        return self.facts.has_threads and sys.platform != "emscripten"

    def page_greeted(self) -> None:
        """Note that a page has opened a chat, so the front end draws widgets."""
        self._has_greeted = True

    @property
    def is_before_pages(self) -> bool:
        """Whether the cells run for a page that comes later."""
        return self.facts.pages_after_cells and not self._has_greeted

    @property
    def request(self) -> Request:
        """The message that the kernel handles now; empty without a kernel, and before the first message."""
        get_parent = getattr(self.kernel, "get_parent", None)
        if get_parent is None:
            return {}
        try:
            # The kernel of JupyterLite knows no channels.
            parent = get_parent() if self._process is HostKind.PYODIDE else get_parent("shell")
        except (AttributeError, LookupError):
            return {}
        return parent if isinstance(parent, Mapping) else {}

    @property
    def cell_code(self) -> str:
        """The code of the running cell; empty where the user of the page may not see it above the output."""
        shows_code = self.kind in (HostKind.NOTEBOOK, HostKind.PYODIDE, HostKind.COLAB)
        return str(self.request.get("content", {}).get("code") or "") if shows_code else ""

    @property
    def events(self) -> Any | None:
        """IPython's events around each cell; `None` where there are none."""
        return getattr(self._shell, "events", None)

    @property
    def call_on_main(self) -> Callable[[Callable[[], None]], None] | None:
        """Function that has the main thread's loop call another function; `None` where no such loop is known."""
        io_loop = getattr(self.kernel, "io_loop", None)
        if io_loop is not None:
            return io_loop.add_callback  # type: ignore[no-any-return]
        if (main_loop := self._main_loop) is not None:
            return partial(_call_threadsafe, main_loop)
        return None if self.has_threads else _call_soon

    def may_hear_by(self, channel: Channel) -> bool:
        """Return whether pages, if there are any, reach this kernel on a channel."""
        # A page may come to a kernel whose first cells were run without one, so the process decides here.
        if channel not in FACTS[self._process].hears_by:
            return False
        kernel = self.kernel
        match channel:
            case Channel.CONTROL:
                return getattr(kernel, "control_stream", None) is not None and hasattr(kernel, "control_handlers")
            case Channel.INTERCEPTED_COMM:
                return getattr(getattr(kernel, "shell_stream", None), "_recv_callback", None) is not None
            case Channel.BROADCAST:
                return broadcast.is_supported()
        return kernel is not None

    def append_output(self, widget: object) -> None:
        """Show a widget under the running cell of a host without IPython; do nothing in a terminal."""
        if self._process is HostKind.MARIMO:
            append_output(widget)

    def publish(
        self, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any], display_id: str, at: Request
    ) -> None:
        """Send an output (`display_data`) or its new data (`update_display_data`) to the cell of a request."""
        content = {"data": data, "metadata": metadata, "transient": {"display_id": display_id}}
        self.kernel.session.send(self.kernel.iopub_socket, kind, content, parent=at, ident=kind.encode())


def is_last_value() -> bool:
    """Return whether the caller runs because IPython shows the last value of a cell.

    The hook of ipykernel has a `msg` meanwhile, and the one of JupyterLite has no such sign. So the callers are
    searched for the hook itself.
    """
    displayhook: Any = sys.modules.get("IPython.core.displayhook")
    frame = sys._getframe() if displayhook is not None else None
    while frame is not None and frame.f_code is not displayhook.DisplayHook.__call__.__code__:
        frame = frame.f_back
    return frame is not None


_host: Host | None = None


def current_host() -> Host:
    """Return the host of this process. It is decided once, and again in a fork and if a kernel begins later."""
    global _host
    kernel, shell = _find_kernel()
    known = _host
    is_same = known is not None and known.kernel is kernel and known.pid == os.getpid()
    # Some threads of a marimo notebook look like a terminal, so that answer is checked again at each call.
    if known is None or not is_same or known.kind is HostKind.TERMINAL is not _process_kind(kernel, shell):
        known = _host = Host(_process_kind(kernel, shell), kernel, shell)
    return known


def _find_kernel() -> tuple[Any | None, Any | None]:
    """Return the kernel of this process and its shell; nothing in a fork, whose parent gets the messages."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel = getattr(shell, "kernel", None)
    session_pid = getattr(getattr(kernel, "session", None), "pid", None)
    is_forked = isinstance(session_pid, int) and session_pid != os.getpid()
    return (None, None) if kernel is None or is_forked else (kernel, shell)


def _process_kind(kernel: Any, shell: Any) -> HostKind:
    if _is_marimo():
        return HostKind.MARIMO
    if sys.platform == "emscripten":
        return HostKind.PYODIDE
    if kernel is None:
        return HostKind.TERMINAL
    if type(shell).__module__.startswith("google.colab"):
        return HostKind.COLAB
    # Voilà sets both for a kernel that it starts, and the second one for a kernel that it keeps in reserve.
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila/") or "VOILA_PREHEAT" in os.environ:
        return HostKind.VOILA
    return HostKind.NOTEBOOK


def _is_marimo() -> bool:
    running = getattr(sys.modules.get("marimo"), "running_in_notebook", None)
    return running is not None and bool(running())


def _marimo_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop of marimo's kernel if it is on the main thread, as it is in edit mode."""
    if threading.current_thread() is not threading.main_thread():
        return None
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None


def _call_threadsafe(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(action)


def _call_soon(action: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(action)
