"""A server of marimo for tests, in edit or in run mode, with one notebook."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from textwrap import indent
from types import TracebackType

CONFIG = "[runtime]\nauto_instantiate = true\n"
"""The user's settings: in edit mode, too, a notebook's cells run when it is opened."""


class MarimoServer:
    """A server of marimo; use it as a context manager.

    Args:
        home: The folder of its notebook, its settings and its log.
        mode: `"edit"` or `"run"`.
        cells: The code of the notebook's cells.

    Attributes:
        url: The address at which a browser reaches it.
    """

    def __init__(self, home: Path, mode: str, *cells: str) -> None:
        self._home = home
        notebook = home / "notebook.py"
        notebook.write_text(_notebook(cells))
        (home / "marimo").mkdir()
        (home / "marimo" / "marimo.toml").write_text(CONFIG)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/"
        with (home / "marimo.log").open("w") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "marimo", mode, notebook),
                    *("--headless", "--no-token", "--port", str(port)),
                ],
                env={**os.environ, "XDG_CONFIG_HOME": str(home), "MARIMO_SKIP_UPDATE_CHECK": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home,
                start_new_session=True,
            )

    def __enter__(self) -> MarimoServer:
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError):
                urllib.request.urlopen(f"{self.url}health", timeout=5).close()
                return self
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"marimo did not start:\n{(self._home / 'marimo.log').read_text()}")
            time.sleep(0.1)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        # The kernels of edit mode are processes of their own.
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _notebook(cells: tuple[str, ...]) -> str:
    """Return the file of a notebook as marimo writes it."""
    parts = ["import marimo", "app = marimo.App()"]
    for cell in cells:
        function = "async def" if "await " in cell else "def"
        parts.append(f"@app.cell\n{function} _():\n{indent(cell.strip(), '    ')}\n    return")
    return "\n\n".join([*parts, 'if __name__ == "__main__":\n    app.run()\n'])
