"""A server of marimo for tests, in edit or in run mode, with one notebook."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from textwrap import indent

from browser.hosts.server_process import ServerProcess

CONFIG = "[runtime]\nauto_instantiate = true\n"
"""The user's settings: in edit mode, too, a notebook's cells run when it is opened."""


class MarimoServer(ServerProcess):
    """A server of marimo; use it as a context manager.

    Args:
        home: The folder of its notebook, its settings and its log.
        mode: `"edit"` or `"run"`.
        cells: The code of the notebook's cells.
    """

    def __init__(self, home: Path, mode: str, *cells: str) -> None:
        notebook = home / "notebook.py"
        notebook.write_text(marimo_notebook(*cells))
        (home / "marimo").mkdir()
        (home / "marimo" / "marimo.toml").write_text(CONFIG)
        super().__init__(
            home,
            *("marimo", mode, str(notebook), "--headless", "--no-token", "--port", "{port}"),
            environment={"XDG_CONFIG_HOME": str(home), "MARIMO_SKIP_UPDATE_CHECK": "1"},
        )

    def is_ready(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}health", timeout=5).close()
        except OSError:
            return False
        return True


def marimo_notebook(*cells: str) -> str:
    """Return the file of a notebook as marimo writes it."""
    parts = ["import marimo", "app = marimo.App()"]
    for cell in cells:
        function = "async def" if "await " in cell else "def"
        parts.append(f"@app.cell\n{function} _():\n{indent(cell.strip(), '    ')}\n    return")
    return "\n\n".join([*parts, 'if __name__ == "__main__":\n    app.run()\n'])
