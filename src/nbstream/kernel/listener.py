"""Connection to ipykernel that receives the messages of pages at any time, even while a cell runs.

A page can reach the kernel in two ways:

* **The control channel**, with a message type of our own. In every ipykernel since 6.0 a separate thread serves
  this channel, so a message arrives within milliseconds even while a cell runs. For this channel the page needs
  the host's connection to the kernel, which JupyterLab and Notebook provide.
* **The comm**, which carries the messages of every widget. The kernel handles them only after the running cell.
  So while a reply runs, nbstream takes its messages off the shell stream before they queue behind the cell. In
  ipykernel 7 this happens at any time, on the thread of the shell channel. In ipykernel 6 it happens on the main
  thread, while a cell waits for a reply or awaits it.

A server may drop messages on the control channel without a word, so one page may reach the kernel there and
another one may not. nbstream takes messages off the shell stream only while a reply runs, and only if some page
needs the comm or none has used the control channel yet.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from .broadcast import PREFIX, BroadcastReceiver
from .host import Host
from .host_facts import Channel
from .shell_interceptor import ShellInterceptor

log = logging.getLogger("nbstream")

MESSAGE_TYPE = "nbstream_msg"
"""Our message type on the control channel. The page sends it in `js/src/transport/jupyter.ts`."""

Via = Literal["control", "comm"]

MessageCallback = Callable[[object, Via], None]


class PageListener:
    """Receives the messages that the pages of all chats send to a kernel."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kernel = kernel = host.kernel
        self._by_address: dict[str, MessageCallback] = {}
        self._by_comm: dict[str, MessageCallback] = {}
        self._running_replies = 0
        self._running_on_comm = 0
        self._interceptor: ShellInterceptor | None = None
        self._control_pages: set[str] = set()
        self._comm_pages: set[str] = set()
        self._main_turned_at = 0.0
        self._is_in_cell = True
        self._broadcasts: dict[str, BroadcastReceiver] = {}
        self._has_control = host.may_hear_by(Channel.CONTROL)
        self._has_broadcast = host.may_hear_by(Channel.BROADCAST)
        if self._has_control:
            kernel.control_handlers[MESSAGE_TYPE] = self._on_control
        if (events := host.events) is not None:
            events.register("pre_execute", self._enter_cell)
            events.register("post_execute", self._leave_cell)

    def address_of(self, key: str) -> str:
        """Return the address by which pages reach a chat even during a cell; empty if there is only the comm."""
        if self._has_broadcast:
            return f"{PREFIX}{key}"
        return key if self._has_control else ""

    def subscribe(self, address: str, comm_id: str, on_message: MessageCallback) -> Callable[[object], object]:
        """Register a callback for the messages of one chat's pages.

        Args:
            address: The key of the chat's address.
            comm_id: The id of the chat's comm.
            on_message: Called with each message and the way on which it came, on the thread that received it.

        Returns:
            A function for the messages that the kernel itself hands to the chat's widget.
        """
        self._by_address[address] = on_message
        self._by_comm[comm_id] = on_message
        if self._has_broadcast:
            name, receive = self.address_of(address), partial(self._receive_control, address)
            self._broadcasts[address] = BroadcastReceiver(name, receive)
        return partial(self.receive_from_comm, comm_id)

    def unsubscribe(self, address: str, comm_id: str) -> None:
        """Remove the callback of a chat that is closed."""
        self._by_address.pop(address, None)
        self._by_comm.pop(comm_id, None)
        if (broadcast := self._broadcasts.pop(address, None)) is not None:
            broadcast.close()

    def acquire(self, *, on_comm: bool = False) -> None:
        """Count a reply that has begun. While replies run, messages of pages are received even during a cell.

        Args:
            on_comm: Its pages may use the comm, although the pages that are known use the control channel.
        """
        self._running_replies += 1
        self._running_on_comm += on_comm
        if not self._is_comm_idle:
            self._install_interceptor()

    def _install_interceptor(self) -> None:
        if self._interceptor is None and self._running_replies > 0:
            supported = self._host.may_hear_by(Channel.INTERCEPTED_COMM)
            self._interceptor = ShellInterceptor(self._kernel, self._on_comm) if supported else None

    def release(self, *, on_comm: bool = False) -> None:
        """Count a reply that has ended; `on_comm` is as it was for `acquire`."""
        self._running_replies -= 1
        self._running_on_comm -= on_comm
        if self._running_replies == 0:
            self._remove_interceptor()

    def poll(self) -> None:
        """Receive pending messages while a cell waits on the main thread, which reads the comms in ipykernel 6."""
        if self._interceptor is not None:
            self._interceptor.poll()
            self._record_main_turn()

    def was_listening(self, seconds: float) -> bool:
        """Return whether a message of a page could have arrived in the last `seconds` seconds.

        Messages that a separate thread reads arrive even while a cell runs. Messages that the main thread reads
        (the comms of ipykernel 6) arrive only when the main thread's loop runs. So each call of this method
        schedules a callback on that loop. The callback records the time, and the next call knows from it that the
        loop has run.
        """
        if self._is_comm_idle or (self._interceptor is not None and not self._interceptor.on_main_thread):
            return True
        if (call := self._host.call_on_main) is not None:
            call(self._record_main_turn)
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

    @property
    def _is_comm_idle(self) -> bool:
        """Whether all pages that matter use the control channel."""
        return bool(self._control_pages) and not self._comm_pages and not self._running_on_comm

    def receive_from_comm(self, comm_id: str, frame: object) -> bool:
        """Hand a message that came over a comm to its chat, and return whether it was for a chat."""
        on_message = self._by_comm.get(comm_id)
        if on_message is None:
            return False
        page = _page_of(frame)
        if _is_goodbye(frame):
            self._comm_pages.discard(page)
        elif page and page not in self._control_pages:
            self._comm_pages.add(page)
            self._install_interceptor()
        on_message(frame, "comm")
        return True

    def _on_control(self, _stream: object, _ident: object, message: dict[str, Any]) -> None:
        content = message["content"]
        self._receive_control(content.get("address"), content.get("frame"))
        asyncio.get_running_loop().call_soon(self._publish_busy)

    def _receive_control(self, address: str, frame: object) -> None:
        self._control_pages.add(_page_of(frame))
        self._comm_pages.discard(_page_of(frame))
        if self._is_comm_idle:
            self._remove_interceptor()
        on_message = self._by_address.get(address)
        if on_message is not None:
            on_message(frame, "control")

    def _on_comm(self, comm_id: str, frame: object) -> bool:
        if not self.receive_from_comm(comm_id, frame):
            return False
        asyncio.get_running_loop().call_soon(self._publish_busy)
        return True

    def _publish_busy(self) -> None:
        # The kernel publishes "idle" when it has handled a message, even while a cell runs. Hosts and servers
        # believe this, and a server that shuts down idle kernels would shut down a kernel that computes. So "busy"
        # is published again.
        if self._is_in_cell:
            self._kernel._publish_status("busy", "shell")


def _page_of(frame: object) -> str:
    page = frame.get("page") if isinstance(frame, dict) else None
    return page if isinstance(page, str) else ""


def _is_goodbye(frame: object) -> bool:
    return isinstance(frame, dict) and frame.get("kind") == "bye"
