"""A real Redis that the tests start and stop."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from nbstream.server.cluster.keys import Keys

PASSWORD = "sesame-of-the-tests"

KEYS = Keys("tests")
"""The names of the keys of one server's workers."""


class RedisServer:
    """A `redis-server` on a free port; use it as a context manager.

    Args:
        folder: The folder in which the command SAVE keeps the data, for the next start.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program is not None, "redis-server is not installed; run `make services`"
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        settings += ["--save", "", "--appendonly", "no"]
        settings += [] if self._folder is None else ["--dir", str(self._folder)]
        self._process = subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                self.run("PING")
                return
            except ConnectionError:
                assert time.monotonic() < deadline, "redis-server does not start"
                time.sleep(0.01)

    def stop(self) -> None:
        """Kill it; the data since the last SAVE is lost."""
        self._process.kill()
        self._process.wait(10)

    def empty(self) -> None:
        """Delete all data."""
        self.run("FLUSHALL")

    def run(self, *command: str) -> bytes:
        """Run a command, and return the answer in the protocol's own form."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(f"AUTH {PASSWORD}\r\n".encode() + " ".join(command).encode() + b"\r\nQUIT\r\n")
            with connection.makefile("rb") as answer:
                return answer.read().removeprefix(b"+OK\r\n").removesuffix(b"+OK\r\n")
