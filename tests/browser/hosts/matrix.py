"""The table of hosts that `make hosts` measures. Each test records cells; `python matrix.py` writes the table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

COLUMNS = (
    "streams",
    "Stop, ms",
    "background",
    "message box",
    "reload exact",
    "tab closed",
    "file",
    "tool approval",
    "paste",
    "Insert",
)

HOSTS = (
    "JupyterLab",
    "Notebook 7",
    "nbclassic",
    "collaboration",
    "VS Code (emulated)",
    "Voilà",
    "marimo edit",
    "marimo run",
    "JupyterLite",
)

FOLDER = Path(__file__).parents[3] / "build" / "hosts"
"""The folder of the cells and of the table. It is not committed."""

NOT_MEASURED = "not measured"


NOTHING_THERE = {
    "Voilà": {"reload exact": "a new page has a new kernel", "file": "no file"},
    "marimo edit": {"file": "no outputs in it"},
    "marimo run": {"reload exact": "a new page has a new session", "file": "no outputs in it"},
    "JupyterLite": {"reload exact": "the kernel ends with its page"},
}
"""Why there is nothing to measure for a column of a host."""


def record(host: str, column: str, value: str, folder: Path = FOLDER) -> None:
    """Write one cell. Several processes may record cells at once, so each cell is a file.

    Args:
        host: One of `HOSTS`.
        column: One of `COLUMNS`.
        value: The text of the cell.
        folder: The folder of the cells.
    """
    cell = folder / "cells" / str(HOSTS.index(host)) / str(COLUMNS.index(column))
    cell.parent.mkdir(parents=True, exist_ok=True)
    cell.write_text(value)


def cells(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Return the recorded cells of each host."""
    return {
        host: {
            column: cell.read_text()
            for column_number, column in enumerate(COLUMNS)
            if (cell := folder / "cells" / str(number) / str(column_number)).exists()
        }
        for number, host in enumerate(HOSTS)
    }


def write_table(folder: Path = FOLDER) -> str:
    """Write `matrix.json` and `matrix.md`; return the Markdown, in which a cell that is missing is marked."""
    recorded = cells(folder)
    rows = [["host", *COLUMNS], ["---"] * (len(COLUMNS) + 1)]
    for host, known in recorded.items():
        values = {**NOTHING_THERE.get(host, {}), **known}
        rows.append([host, *(values.get(column, NOT_MEASURED) for column in COLUMNS)])
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "matrix.json").write_text(json.dumps(recorded, indent=1, ensure_ascii=False))
    (folder / "matrix.md").write_text(table)
    return table


if __name__ == "__main__":
    sys.stdout.write(write_table())
