"""A Voilà server for tests, with one notebook. Each page that is opened runs it in a kernel of its own."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

from browser.hosts.server_process import ServerProcess


class VoilaServer(ServerProcess):
    """A Voilà server; use it as a context manager.

    Args:
        home: The folder of its notebook and its log.
        cells: The code of the notebook's cells.
        options: Further options of the command line.
    """

    def __init__(self, home: Path, *cells: str, options: tuple[str, ...] = ()) -> None:
        notebook = home / "notebook.ipynb"
        notebook.write_text(json.dumps(_notebook(cells)))
        super().__init__(
            home,
            *("voila", str(notebook), "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"),
            *("--show_tracebacks=True", *options),
            environment={"JUPYTER_RUNTIME_DIR": str(home / "run"), "JUPYTER_CONFIG_DIR": str(home)},
        )

    def is_ready(self) -> bool:
        return "is running at" in self.log()


def _notebook(cells: tuple[str, ...]) -> dict[str, object]:
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {
        "cells": [{**code, "id": uuid.uuid4().hex[:8], "source": source} for source in cells],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
