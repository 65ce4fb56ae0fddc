"""What a failed browser test leaves for whoever reads of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.notebook import Notebook

RESULTS = Path(__file__).parents[2] / "test-results"

FAILED = pytest.StashKey[bool]()
"""Set on a test that failed, for its fixtures."""


def keep_evidence(notebook: Notebook, name: str) -> None:
    """A screenshot, the page's console and the server's log."""
    RESULTS.mkdir(exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[:120]
    notebook.page.screenshot(path=RESULTS / f"{name}.png")
    (RESULTS / f"{name}.log").write_text("\n".join([*notebook.console, "", notebook.lab.log()[-20_000:]]))
