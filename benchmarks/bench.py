"""What the benchmarks share: the tests' server and JupyterLab, and a page that is really there."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.desk import Desk
from browser.lab import CHROMIUM, CHROMIUM_FLAGS, Lab
from claude_server import ClaudeServer
from playwright.sync_api import Browser, sync_playwright


@contextmanager
def jupyterlab(**settings: object) -> Iterator[tuple[Browser, Lab, ClaudeServer]]:
    """A JupyterLab, a Chromium and a server that speaks the Messages API's stream."""
    with tempfile.TemporaryDirectory() as home, ClaudeServer() as claude, sync_playwright() as playwright:
        lab = Lab(Path(home) / "lab", **settings)  # type: ignore[arg-type]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            yield browser, lab, claude
        finally:
            browser.close()
            lab.close()


@contextmanager
def desk(**settings: object) -> Iterator[Desk]:
    """An open notebook in it."""
    with jupyterlab(**settings) as (browser, lab, claude):
        yield Desk.open(browser, lab, claude)
