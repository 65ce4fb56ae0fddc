"""A real ipykernel of any of the tested versions, driven over its sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from browser.lab import python_of
from jupyter_client.manager import KernelManager

REQUEST = {
    "silent": False,
    "store_history": True,
    "user_expressions": {},
    "allow_stdin": True,
    "stop_on_error": True,
}


class Kernel:
    """A running kernel; use it as a context manager.

    Attributes:
        metadata: The metadata of each cell's request. A page sends the id of the cell, a console nothing.
    """

    metadata: Mapping[str, Any] = {"cellId": "cell"}

    def __init__(self, version: str, home: Path) -> None:
        spec = home / "kernels" / "under-test"
        spec.mkdir(parents=True)
        argv = [python_of(version), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (spec / "kernel.json").write_text(
            json.dumps({"argv": argv, "display_name": version, "language": "python"})
        )
        self.version = version
        self._cells: set[str] = set()
        self.manager = KernelManager(kernel_name="under-test")
        self.manager.kernel_spec_manager.kernel_dirs.insert(0, str(home / "kernels"))

    def __enter__(self) -> Kernel:
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def begin(self, code: str) -> str:
        """Start code without waiting for its end, and return the request's id."""
        message_id = self.send("shell", "execute_request", {**REQUEST, "code": code}, self.metadata)
        self._cells.add(message_id)
        return message_id

    def end(self, message_id: str, seconds: float = 30) -> list[dict[str, Any]]:
        """Return the messages that the kernel published for a request, up to its "idle"."""
        published = []
        deadline = time.monotonic() + seconds
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != message_id:
                continue
            published.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        if message_id in self._cells:
            self._wait_for_reply(message_id, seconds)
        return published

    def _wait_for_reply(self, message_id: str, seconds: float) -> None:
        # Before 7.4, a kernel that sends a reply may miss a request that arrives at the same moment (one in 500
        # under load, with nbstream or without), and receives nothing from then on: ipykernel's issue 1554, fixed
        # by its pull request 1529. A client that waits for the reply before its next request avoids this.
        while self.client.get_shell_msg(timeout=seconds)["parent_header"].get("msg_id") != message_id:
            pass

    def next_iopub(self, kind: str, seconds: float = 30) -> dict[str, Any]:
        """Return the next message of a kind that the kernel publishes, for whatever request."""
        deadline = time.monotonic() + seconds
        while True:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            if message["msg_type"] == kind:
                return message

    def run(self, code: str) -> str:
        """Run code to its end, and return the text that it printed."""
        published = self.end(self.begin(code))
        errors = [m["content"] for m in published if m["msg_type"] == "error"]
        assert not errors, "\n".join(errors[0]["traceback"])
        return "".join(m["content"]["text"] for m in published if m["msg_type"] == "stream")

    def send(
        self, channel: str, kind: str, content: dict[str, Any], metadata: Mapping[str, Any] | None = None
    ) -> str:
        """Send a message on a channel, and return its id."""
        message = self.client.session.msg(kind, content, metadata=metadata)
        getattr(self.client, f"{channel}_channel").send(message)
        return str(message["header"]["msg_id"])

    def end_control(self, seconds: float = 30) -> None:
        """Wait until all that was sent on the control channel is handled: the kernel handles it in order."""
        message_id = self.send("control", "kernel_info_request", {})
        while self.client.get_control_msg(timeout=seconds)["parent_header"].get("msg_id") != message_id:
            pass
