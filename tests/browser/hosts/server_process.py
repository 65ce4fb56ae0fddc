"""A server of a host as a process of its own, with its log, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class ServerProcess:
    """A server that a test starts and ends; use it as a context manager.

    Args:
        home: The folder in which it runs, with its log.
        arguments: What follows `python -m`; a `{port}` in them stands for the port.
        environment: Variables of its environment beside those of the tests.

    Attributes:
        url: The address at which a browser reaches it.
    """

    def __init__(self, home: Path, *arguments: str, environment: Mapping[str, str]) -> None:
        self._log = home / "server.log"
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}/"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *(argument.format(port=port) for argument in arguments)],
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Return whether pages can be opened."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 60
        while not self.is_ready():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"{self.url} did not start:\n{self.log()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        # Kernels are processes of their own.
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)

    def log(self) -> str:
        return self._log.read_text()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
