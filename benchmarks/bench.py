"""A JupyterLab, a browser and the scripted server, shared by the benchmarks."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.lab import CHROMIUM, CHROMIUM_FLAGS, Lab
from browser.lab_session import LabSession
from claude_server import ClaudeServer
from playwright.sync_api import Browser, sync_playwright


@contextmanager
def jupyterlab(**settings: object) -> Iterator[tuple[Browser, Lab, ClaudeServer]]:
    """Start a JupyterLab, a Chromium and a server that speaks the Messages API's stream."""
    with tempfile.TemporaryDirectory() as home, ClaudeServer() as claude, sync_playwright() as playwright:
        lab = Lab(Path(home) / "lab", **settings)  # type: ignore[arg-type]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            yield browser, lab, claude
        finally:
            browser.close()
            lab.close()


@contextmanager
def lab_session(**settings: object) -> Iterator[LabSession]:
    """Open a notebook in a JupyterLab of its own."""
    with jupyterlab(**settings) as (browser, lab, claude):
        yield LabSession.open(browser, lab, claude)
