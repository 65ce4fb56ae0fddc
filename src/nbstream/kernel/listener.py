"""The door to ipykernel: hearing pages whatever the kernel is doing.

A page reaches the kernel by two ways:

* **The control channel**, with a message type of our own. A thread of its own serves it in every ipykernel
  since 6.0, so it is heard in milliseconds beside any cell. The page needs the host's kernel connection for
  it, which JupyterLab and Notebook give.
* **The comm**, as every widget's messages. Kernels hear it late while a cell runs, so while a reply runs its
  messages are taken off the shell stream before they queue behind the cell: in ipykernel 7 on the thread of
  that channel, at any time; in ipykernel 6 on the main thread, in a cell that waits or awaits.

The second is only needed, and only armed, where no page has been heard by the first.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

log = logging.getLogger("nbstream")

MESSAGE_TYPE = "nbstream_msg"
"""Our message type on the control channel; the page's side is in `js/src/route.ts`."""

Hear = Callable[[object], None]


def find() -> Any | None:
    """The kernel this process is, or `None` in a terminal or a script."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


def cell_of(kernel: Any) -> str:
    """The id of the running cell, where the host names it; else the empty text."""
    return str(kernel.get_parent("shell").get("metadata", {}).get("cellId") or "")


def is_headless(kernel: Any) -> bool:
    """Whether no page shows the running cell: nbclient has sent it, and with it nbconvert and papermill do.

    A front end names the cell it runs, or at least answers when a cell asks for input.
    """
    return not cell_of(kernel) and kernel.get_parent("shell").get("content", {}).get("allow_stdin") is False


class PageListener:
    """Hears the pages of all chats of a kernel."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._by_address: dict[str, Hear] = {}
        self._by_comm: dict[str, Hear] = {}
        self._replies = 0
        self._filter: ShellInterceptor | None = None
        self._control_heard = False
        self._main_turned_at = 0.0
        self._in_cell = True
        self.has_control = getattr(kernel, "control_stream", None) is not None and hasattr(
            kernel, "control_handlers"
        )
        if self.has_control:
            kernel.control_handlers[MESSAGE_TYPE] = self._on_control
            kernel.shell.events.register("pre_execute", self._enter_cell)
            kernel.shell.events.register("post_execute", self._leave_cell)

    def open(self, address: str, comm_id: str, hear: Hear) -> None:
        """Give what pages say of a chat to `hear`, on whatever thread it comes."""
        self._by_address[address] = hear
        self._by_comm[comm_id] = hear

    def close(self, address: str, comm_id: str) -> None:
        """The chat is closed."""
        self._by_address.pop(address, None)
        self._by_comm.pop(comm_id, None)

    def acquire(self) -> None:
        """A reply runs: what pages say is urgent."""
        self._replies += 1
        if self._filter is None and not self._control_heard:
            self._filter = (
                ShellInterceptor(self._kernel, self._on_comm) if ShellInterceptor.fits(self._kernel) else None
            )

    def release(self) -> None:
        """A reply has ended."""
        self._replies -= 1
        if self._replies == 0:
            self._unfilter()

    def pump(self) -> None:
        """Let a cell that waits on the main thread hear what the main thread reads (ipykernel 6)."""
        if self._filter is not None:
            self._filter.pump()
            self._main_turned()

    def listening(self, seconds: float) -> bool:
        """Whether a page could have been heard in the latest seconds.

        On a thread of their own, messages are heard beside any cell. On the main thread (comms of ipykernel 6)
        they are heard when its loop turns; it is asked to with each question here, for the next.
        """
        if self._control_heard or (self._filter is not None and not self._filter.on_main_thread):
            return True
        self._kernel.io_loop.add_callback(self._main_turned)
        return self._main_turned_at > time.monotonic() - 2 * seconds

    def _main_turned(self) -> None:
        self._main_turned_at = time.monotonic()

    def _unfilter(self) -> None:
        if self._filter is not None:
            self._filter.off()
            self._filter = None

    def _enter_cell(self) -> None:
        self._in_cell = True

    def _leave_cell(self) -> None:
        self._in_cell = False

    def _on_control(self, _stream: object, _ident: object, message: dict[str, Any]) -> None:
        self._control_heard = True
        self._unfilter()
        content = message["content"]
        hear = self._by_address.get(content.get("address"))
        if hear is not None:
            hear(content.get("frame"))
        asyncio.get_running_loop().call_soon(self._busy_again)

    def _on_comm(self, comm_id: str, frame: object) -> bool:
        hear = self._by_comm.get(comm_id)
        if hear is None:
            return False
        hear(frame)
        asyncio.get_running_loop().call_soon(self._busy_again)
        return True

    def _busy_again(self) -> None:
        # The kernel says that it is idle when it is done with a message, and hosts and servers believe it, also
        # while a cell runs: a server that culls idle kernels would then cull a computing one.
        if self._in_cell:
            self._kernel._publish_status("busy", "shell")


class ShellInterceptor:
    """Stands before the kernel's own reader of shell messages and takes what pages say to our chats.

    Everything else goes on untouched and in order. It reaches into ipykernel and pyzmq (`_recv_callback`), so
    it stands only while a reply runs and no page has been heard by the control channel.
    """

    def __init__(self, kernel: Any, hear: Callable[[str, object], bool]) -> None:
        self._kernel = kernel
        self._hear = hear
        self._stream = kernel.shell_stream
        self._behind = self._stream._recv_callback
        self.on_main_thread = getattr(kernel, "shell_channel_thread", None) is None
        self._stream._recv_callback = self._take

    @staticmethod
    def fits(kernel: Any) -> bool:
        """Whether this kernel is built so that it can be heard in this way."""
        return getattr(getattr(kernel, "shell_stream", None), "_recv_callback", None) is not None

    def off(self) -> None:
        """Take it down."""
        if self._stream._recv_callback == self._take:
            self._stream._recv_callback = self._behind

    def pump(self) -> None:
        """Read what has come, where the main thread is the reader and we are on it."""
        if self.on_main_thread and threading.current_thread() is threading.main_thread():
            import zmq

            self._stream.flush(zmq.POLLIN)

    def _take(self, parts: list[Any]) -> Any:
        with suppress(Exception):
            if self._is_ours(parts):
                return None
        return self._behind(parts)

    def _is_ours(self, parts: list[Any]) -> bool:
        session = self._kernel.session
        message = session.deserialize(session.feed_identities(parts, copy=False)[1], content=False, copy=False)
        if message["header"]["msg_type"] != "comm_msg":
            return False
        content = session.unpack(message["content"])
        data = content["data"]
        if data.get("method") != "custom" or not self._hear(content["comm_id"], data["content"]):
            return False
        # The page keeps a message open until the kernel says it is idle again with it.
        self._kernel._publish_status("idle", "shell", message)
        return True


_ears: PageListener | None = None


def ears(kernel: Any) -> PageListener:
    """The ears of this kernel, made when the first chat is."""
    global _ears
    if _ears is None or _ears._kernel is not kernel:
        _ears = PageListener(kernel)
    return _ears
