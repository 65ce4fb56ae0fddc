"""Evidence of failed browser tests: screenshots, consoles and logs in `test-results/`."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.notebook import Notebook

RESULTS = Path(__file__).parents[2] / "test-results"

FAILED = pytest.StashKey[bool]()
"""Key of the flag that a failed test carries, for the teardown of its fixtures."""


def keep_evidence(notebook: Notebook, name: str) -> None:
    """Write a screenshot, the page's console and the end of the server's log, 20,000 characters of it."""
    RESULTS.mkdir(exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[:120]
    notebook.page.screenshot(path=RESULTS / f"{name}.png")
    (RESULTS / f"{name}.log").write_text("\n".join([*notebook.console, "", notebook.lab.log()[-20_000:]]))
