"""A Voilà server for tests, with one notebook. Each page that is opened runs it in a kernel of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from types import TracebackType

from browser.hosts.marimo_server import free_port


class VoilaServer:
    """A Voilà server; use it as a context manager.

    Args:
        home: The folder of its notebook and its log.
        cells: The code of the notebook's cells.
        options: Further options of the command line.

    Attributes:
        url: The address at which a browser reaches the notebook.
    """

    def __init__(self, home: Path, *cells: str, options: tuple[str, ...] = ()) -> None:
        self._home = home
        notebook = home / "notebook.ipynb"
        notebook.write_text(json.dumps(_notebook(cells)))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/"
        with (home / "voila.log").open("w") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "voila", notebook, "--no-browser", f"--port={port}"),
                    *("--Voila.ip=127.0.0.1", "--show_tracebacks=True", *options),
                ],
                env={**os.environ, "JUPYTER_RUNTIME_DIR": str(home / "run"), "JUPYTER_CONFIG_DIR": str(home)},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home,
                start_new_session=True,
            )

    def __enter__(self) -> VoilaServer:
        deadline = time.monotonic() + 60
        while True:
            if "is running at" in self.log():
                return self
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"Voilà did not start:\n{self.log()[-2000:]}")
            time.sleep(0.1)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)

    def log(self) -> str:
        return (self._home / "voila.log").read_text()


def _notebook(cells: tuple[str, ...]) -> dict[str, object]:
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {
        "cells": [{**code, "id": uuid.uuid4().hex[:8], "source": source} for source in cells],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
