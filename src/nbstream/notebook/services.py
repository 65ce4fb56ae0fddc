"""Services that all chats of one process share: the event loop, the main thread's jobs, the kernel's channels."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..kernel.event_loop import ReplyLoop, start_loop
from ..kernel.fork_safe_lock import ForkSafeLock
from ..kernel.host import Host, current_host
from ..kernel.host_facts import HostKind
from ..kernel.interrupts import Interrupts
from ..kernel.listener import PageListener
from ..kernel.main_thread import MainThread
from ..kernel.marimo_session import MarimoSession, running_context
from .assets import PageCode

Sender = Callable[[Any], None]
"""Function that sends one value to all pages."""

Listener = PageListener | MarimoSession

_lock = ForkSafeLock()
"""Held while a service is made. Several threads may make the first chats of a process at the same moment."""


class KernelServices:
    """The objects that exist once in each kernel or script.

    Args:
        host: The host of this process.

    Attributes:
        pid: The process that they were made in.
        host: As passed.
        main_thread: Runs the user's functions on the main thread.
        listener: Receives the messages from the pages of all chats; `None` without a kernel.
        interrupts: Stops running replies when the kernel is interrupted; `None` where nothing interrupts one.
    """

    def __init__(self, host: Host) -> None:
        self.pid = os.getpid()
        self.host = host
        self.main_thread = MainThread(host.call_on_main)
        self.listener = PageListener(host) if host.has_cells else None
        is_interruptible = host.has_cells or host.call_on_main is not None
        self.interrupts = Interrupts(host) if is_interruptible else None
        self._loop: ReplyLoop | None = None
        self._page_code: PageCode | None = None

    @property
    def loop(self) -> ReplyLoop:
        """The loop of all replies. It is started on first use.

        A forked child process starts a loop of its own, because the thread of the parent's loop is missing in it.
        """
        with _lock:
            if self._loop is None or not self._loop.is_usable:
                self._loop = start_loop(has_threads=self.host.has_threads)
            return self._loop

    def page_code_for_chat(self) -> PageCode:
        """Return the widget model with the page's code for a new chat.

        Where widgets end with their cells, the chat gets one of its own. Elsewhere all chats share one. It is
        created on first use, and again if the user has closed all widgets.
        """
        if self.host.facts.widgets_end_with_cell:
            return self._new_page_code()
        with _lock:
            if self._page_code is None or self._page_code.comm is None:
                self._page_code = self._new_page_code()
            return self._page_code

    def listener_for_chat(self, close: Callable[[], None]) -> Listener | None:
        """Return the object that receives the messages of a new chat's pages; `None` without a kernel.

        Args:
            close: Called when the chat ends with the cell that made it, where the host ends widgets so.
        """
        if self.host.kind is not HostKind.MARIMO:
            return self.listener
        session = MarimoSession(running_context())
        session.on_cell_disposed(close)
        return session

    def sender(self, send: Sender) -> Sender:
        """Return a function that sends what `send` sends, from the thread that the host asks for."""
        if self.host.facts.frames_from_threads:
            return send
        return lambda value: self.main_thread.post(lambda: send(value))

    def _new_page_code(self) -> PageCode:
        # The loop may be replaced while the model exists, so each message looks up the present loop.
        return PageCode(self.listener, lambda *call: self.loop.post(*call), self.sender)

    def address_of(self, key: str) -> str:
        """Return the address by which pages reach a chat even during a cell; empty if there is only the comm."""
        return self.listener.address_of(key) if self.listener is not None else ""


_services: KernelServices | None = None


def kernel_services() -> KernelServices:
    """Return the services of this process. They are created at the first call, and again in a forked child."""
    global _services
    host = current_host()
    with _lock:
        if _services is None or _services.host is not host or _services.pid != os.getpid():
            _services = KernelServices(host)
        return _services
