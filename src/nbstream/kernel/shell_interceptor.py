"""Interceptor of ipykernel's shell messages, which takes those of pages before they queue behind a cell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class ShellInterceptor:
    """Receives shell messages before the kernel does, and keeps those that pages send to nbstream's chats.

    All other messages reach the kernel unchanged and in order. The class relies on private parts of ipykernel and
    pyzmq (`_recv_callback`), so it is installed only while a reply runs and no page has used the control channel.
    """

    def __init__(self, kernel: Any, on_message: Callable[[str, object], bool]) -> None:
        self._kernel = kernel
        self._on_message = on_message
        self._stream = kernel.shell_stream
        self._next_callback = self._stream._recv_callback
        self.on_main_thread = getattr(kernel, "shell_channel_thread", None) is None
        self._stream._recv_callback = self._intercept

    def remove(self) -> None:
        """Uninstall the interceptor, unless another one has been installed in front of it."""
        if self._stream._recv_callback == self._intercept:
            self._stream._recv_callback = self._next_callback

    def poll(self) -> None:
        """Read pending messages, if the main thread reads this channel and the caller is on the main thread."""
        if self.on_main_thread and threading.current_thread() is threading.main_thread():
            import zmq

            self._stream.flush(zmq.POLLIN)

    def _intercept(self, parts: list[Any]) -> Any:
        with suppress(Exception):
            if self._deliver_to_chat(parts):
                return None
        return self._next_callback(parts)

    def _deliver_to_chat(self, parts: list[Any]) -> bool:
        """Deliver a message to its chat, and return whether the message was for a chat."""
        session = self._kernel.session
        message = session.deserialize(session.feed_identities(parts, copy=False)[1], content=False, copy=False)
        if message["header"]["msg_type"] != "comm_msg":
            return False
        content = session.unpack(message["content"])
        data = content["data"]
        if data.get("method") != "custom" or not self._on_message(content["comm_id"], data["content"]):
            return False
        # The page treats a message as pending until the kernel publishes "idle" for it.
        self._kernel._publish_status("idle", "shell", message)
        return True
