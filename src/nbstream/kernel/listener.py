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

MessageCallback = Callable[[object], None]


def find_kernel() -> Any | None:
    """The kernel this process is, or `None` in a terminal or a script."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


def running_cell_id(kernel: Any) -> str:
    """The id of the running cell, where the host names it; else the empty text."""
    return str(kernel.get_parent("shell").get("metadata", {}).get("cellId") or "")


def is_headless(kernel: Any) -> bool:
    """Whether no page shows the running cell: nbclient has sent it, and with it nbconvert and papermill do.

    A front end names the cell it runs, or at least answers when a cell asks for input.
    """
    return (
        not running_cell_id(kernel) and kernel.get_parent("shell").get("content", {}).get("allow_stdin") is False
    )


class PageListener:
    """Hears the pages of all chats of a kernel."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._by_address: dict[str, MessageCallback] = {}
        self._by_comm: dict[str, MessageCallback] = {}
        self._running_replies = 0
        self._interceptor: ShellInterceptor | None = None
        self._control_works = False
        self._main_turned_at = 0.0
        self._is_in_cell = True
        self.has_control = getattr(kernel, "control_stream", None) is not None and hasattr(
            kernel, "control_handlers"
        )
        if self.has_control:
            kernel.control_handlers[MESSAGE_TYPE] = self._on_control
            kernel.shell.events.register("pre_execute", self._enter_cell)
            kernel.shell.events.register("post_execute", self._leave_cell)

    def subscribe(self, address: str, comm_id: str, on_message: MessageCallback) -> None:
        """Give what pages say of a chat to `hear`, on whatever thread it comes."""
        self._by_address[address] = on_message
        self._by_comm[comm_id] = on_message

    def unsubscribe(self, address: str, comm_id: str) -> None:
        """The chat is closed."""
        self._by_address.pop(address, None)
        self._by_comm.pop(comm_id, None)

    def acquire(self) -> None:
        """A reply runs: what pages say is urgent."""
        self._running_replies += 1
        if self._interceptor is None and not self._control_works:
            self._interceptor = (
                ShellInterceptor(self._kernel, self._on_comm)
                if ShellInterceptor.is_supported(self._kernel)
                else None
            )

    def release(self) -> None:
        """A reply has ended."""
        self._running_replies -= 1
        if self._running_replies == 0:
            self._remove_interceptor()

    def poll(self) -> None:
        """Let a cell that waits on the main thread hear what the main thread reads (ipykernel 6)."""
        if self._interceptor is not None:
            self._interceptor.poll()
            self._record_main_turn()

    def was_listening(self, seconds: float) -> bool:
        """Whether a page could have been heard in the latest seconds.

        On a thread of their own, messages are heard beside any cell. On the main thread (comms of ipykernel 6)
        they are heard when its loop turns; it is asked to with each question here, for the next.
        """
        if self._control_works or (self._interceptor is not None and not self._interceptor.on_main_thread):
            return True
        self._kernel.io_loop.add_callback(self._record_main_turn)
        return self._main_turned_at > time.monotonic() - 2 * seconds

    def _record_main_turn(self) -> None:
        self._main_turned_at = time.monotonic()

    def _remove_interceptor(self) -> None:
        if self._interceptor is not None:
            self._interceptor.remove()
            self._interceptor = None

    def _enter_cell(self) -> None:
        self._is_in_cell = True

    def _leave_cell(self) -> None:
        self._is_in_cell = False

    def _on_control(self, _stream: object, _ident: object, message: dict[str, Any]) -> None:
        self._control_works = True
        self._remove_interceptor()
        content = message["content"]
        hear = self._by_address.get(content.get("address"))
        if hear is not None:
            hear(content.get("frame"))
        asyncio.get_running_loop().call_soon(self._publish_busy)

    def _on_comm(self, comm_id: str, frame: object) -> bool:
        hear = self._by_comm.get(comm_id)
        if hear is None:
            return False
        hear(frame)
        asyncio.get_running_loop().call_soon(self._publish_busy)
        return True

    def _publish_busy(self) -> None:
        # The kernel says that it is idle when it is done with a message, and hosts and servers believe it, also
        # while a cell runs: a server that culls idle kernels would then cull a computing one.
        if self._is_in_cell:
            self._kernel._publish_status("busy", "shell")


class ShellInterceptor:
    """Stands before the kernel's own reader of shell messages and takes what pages say to our chats.

    Everything else goes on untouched and in order. It reaches into ipykernel and pyzmq (`_recv_callback`), so
    it stands only while a reply runs and no page has been heard by the control channel.
    """

    def __init__(self, kernel: Any, on_message: Callable[[str, object], bool]) -> None:
        self._kernel = kernel
        self._on_message = on_message
        self._stream = kernel.shell_stream
        self._next_callback = self._stream._recv_callback
        self.on_main_thread = getattr(kernel, "shell_channel_thread", None) is None
        self._stream._recv_callback = self._intercept

    @staticmethod
    def is_supported(kernel: Any) -> bool:
        """Whether this kernel is built so that it can be heard in this way."""
        return getattr(getattr(kernel, "shell_stream", None), "_recv_callback", None) is not None

    def remove(self) -> None:
        """Take it down."""
        if self._stream._recv_callback == self._intercept:
            self._stream._recv_callback = self._next_callback

    def poll(self) -> None:
        """Read what has come, where the main thread is the reader and we are on it."""
        if self.on_main_thread and threading.current_thread() is threading.main_thread():
            import zmq

            self._stream.flush(zmq.POLLIN)

    def _intercept(self, parts: list[Any]) -> Any:
        with suppress(Exception):
            if self._deliver_to_chat(parts):
                return None
        return self._next_callback(parts)

    def _deliver_to_chat(self, parts: list[Any]) -> bool:
        session = self._kernel.session
        message = session.deserialize(session.feed_identities(parts, copy=False)[1], content=False, copy=False)
        if message["header"]["msg_type"] != "comm_msg":
            return False
        content = session.unpack(message["content"])
        data = content["data"]
        if data.get("method") != "custom" or not self._on_message(content["comm_id"], data["content"]):
            return False
        # The page keeps a message open until the kernel says it is idle again with it.
        self._kernel._publish_status("idle", "shell", message)
        return True
