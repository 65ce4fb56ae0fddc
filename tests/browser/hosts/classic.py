"""A notebook in nbclassic, used as a user uses it, with the members of `browser.notebook.Notebook`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from browser.lab import Lab, wait_until
from browser.notebook import new_page, run_last_cell
from playwright.sync_api import Browser, Locator, Page, expect

IS_IDLE = "() => window.Jupyter?.notebook?.kernel?.is_connected() && !document.querySelector('.kernel_busy_icon')"


class ClassicNotebook:
    """A notebook in a page of its own.

    Attributes:
        page: The page.
        path: The notebook's file.
    """

    def __init__(self, browser: Browser, lab: Lab, path: Path, **context: Any) -> None:
        self.lab = lab
        self.page: Page = new_page(browser, **context)
        self.console: list[str] = []
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.path = path
        self.page.goto(f"{lab.url}/nbclassic/notebooks/{path.name}")
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        self.page.wait_for_function(IS_IDLE, timeout=60_000)

    @property
    def cells(self) -> Locator:
        return self.page.locator("#notebook-container > .cell")

    def run(self, code: str) -> Locator:
        """Type code into the last cell and press Shift+Enter; return the cell."""
        return run_last_cell(self.page, self.cells, ".CodeMirror", code)

    def wait_for_end(self, cell: Locator, seconds: float = 30) -> None:
        expect(cell.locator(".input_prompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=seconds * 1000)

    def save(self) -> Any:
        """Save as a user does, and return the file."""
        self.page.evaluate("Jupyter.notebook.save_notebook()")
        wait_until(lambda: not self.is_dirty())
        return json.loads(self.path.read_text())

    def is_dirty(self) -> bool:
        return bool(self.page.evaluate("Jupyter.notebook.dirty"))

    def output_of(self, cell: Locator) -> str:
        return cell.locator(".output_wrapper").inner_text()

    def reload(self) -> None:
        self.page.reload()
        self.wait_until_idle()

    def close(self) -> None:
        self.page.context.close()
