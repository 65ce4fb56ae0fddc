"""A notebook at which many cases are tried, with what they need in its kernel."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser.lab import Lab
from browser.notebook import Notebook, PagePool
from claude_server import ClaudeServer, Record
from playwright.sync_api import Browser, Locator, Page, expect

STATES = ("waiting", "awaiting", "idle", "sleeping", "computing")
"""Where the main thread is while a reply streams: in the waiting call, in an await, nowhere, in another cell."""

BUSY = {
    "sleeping": "time.sleep(30); print('never interrupted')",
    "computing": "end = time.time() + 30\nwhile time.time() < end: sum(i * i for i in range(1000))",
}

SETUP = """
import asyncio, json, pathlib, threading, time
import anthropic, nbstream

def ask(url, prompt="Hello", **more):
    client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=0)
    return nbstream.chat(prompt, client=client, **more)

def when(path, act):
    def watch():
        while not path.exists():
            time.sleep(0.002)
        at = time.time()
        getattr(nbstream.last, act)()
        path.with_suffix(".at").write_text(str(at))
    threading.Thread(target=watch, daemon=True).start()
"""

LOSE_CELLS = {"7.1"}
"""Of some fifty kernels of this version one loses a cell between its threads and waits for ever with all of them
idle, also its first, before nbstream is there; 7.4 has mended it."""


class LostCellError(AssertionError):
    """A kernel of such a version has not run a cell."""


@dataclass
class Desk:
    """A notebook, the server it asks, and what the tests do with both."""

    notebook: Notebook
    claude: ClaudeServer
    kernel: str = "7.4"

    @classmethod
    def open(cls, browser: Browser, lab: Lab, claude: ClaudeServer, kernel: str = "7.4", **context: Any) -> Desk:
        """Open a new notebook in a page of its own."""
        return cls(Notebook.open(browser, lab, lab.notebook(kernel=kernel), **context), claude, kernel).prepare()

    @classmethod
    def open_in(cls, pages: PagePool, lab: Lab, claude: ClaudeServer, kernel: str = "7.4") -> Desk:
        """Open a new notebook in a page that earlier tests have used."""
        page = pages.acquire(lab)
        return cls(Notebook.open_in(page, lab, lab.notebook(kernel=kernel)), claude, kernel).prepare()

    def prepare(self) -> Desk:
        """Define in the kernel what the tests call."""
        self.run(SETUP)
        return self

    @property
    def page(self) -> Any:
        return self.notebook.page

    def run(self, code: str) -> Locator:
        """Run a cell to its end."""
        cell = self.notebook.run(code)
        try:
            self.notebook.done(cell)
        except AssertionError:
            if self.kernel in LOSE_CELLS:
                raise LostCellError(f"ipykernel {self.kernel} has lost {code!r:.60}") from None
            raise
        return cell

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the kernel."""
        return json.loads(self.notebook.output(self.run(f"print(json.dumps({expression}))")))

    def start(self, url: str, state: str) -> tuple[Locator, Locator | None]:
        """Ask in a state; the cell with the chat, and the other cell that keeps the kernel busy."""
        if state == "waiting":
            return self.notebook.run(f"ask({url!r})"), None
        if state == "awaiting":
            return self.notebook.run(f"chat = ask({url!r}, wait=False)\nawait chat"), None
        cell = self.run(f"ask({url!r}, wait=False)")
        return cell, self.notebook.run(BUSY[state]) if state in BUSY else None

    def act(self, cell: Locator, way: str, trigger: Path) -> float:
        """Stop the reply in one of the ways; when that was done."""
        if way in ("stop", "close"):
            trigger.touch()
            deadline = time.monotonic() + 5
            while not (at := trigger.with_suffix(".at")).exists() or not at.read_text():
                assert time.monotonic() < deadline, "the kernel's thread did not act"
                time.sleep(0.005)
            return float(at.read_text())
        if way == "button":
            stop_button(cell).click()
        elif way == "escape":
            cell.locator(".nbstream").focus()
            self.page.keyboard.press("Escape")
        elif way == "interrupt":
            self.page.get_by_role("button", name="Interrupt the kernel").click()
        return self.acted_at()

    def acted_at(self) -> float:
        """When the page was last clicked or typed at, by the page's own clock."""
        return float(self.page.evaluate("window.actedAt")) / 1000

    def interrupt(self) -> None:
        """Interrupt the kernel from outside the page."""
        self.notebook.lab.post(f"api/kernels/{self.kernel_id}/interrupt")

    @property
    def kernel_id(self) -> str:
        return self.notebook.lab.kernel_of(self.notebook.path)

    def reached(self, name: str, deltas: int = 1) -> Record:
        """The request of a scenario, once that much of its answer is sent."""
        self.claude.wait_for(lambda: [r for r in self.claude.records_of(name) if r.deltas >= deltas])
        return self.claude.records_of(name)[-1]

    def closed(self, record: Record, seconds: float = 5) -> float:
        """When the request ended."""
        self.claude.wait_for(lambda: not record.is_open, seconds)
        assert record.disconnected_at is not None, "the reply ended by itself"
        return record.disconnected_at


Measure = Callable[[str, float, Record], float]
"""The way of leaving, when it was done, and the request that it ends; gives the seconds until it has ended."""


def stop_button(cell: Locator) -> Locator:
    return cell.get_by_role("button", name="Stop", exact=True)


def answer(cell: Locator) -> Locator:
    return cell.locator("[data-role=assistant] .nbstream-text")


def shown(markdown: str) -> str:
    """What the page holds of plain paragraphs: their texts, and nothing of what stood between them."""
    return "".join(paragraph.strip() for paragraph in markdown.split("\n\n"))


def expect_whole(cell: Locator, text: list[str], seconds: float = 30) -> None:
    """The answer has ended, and the page shows exactly the text, which is plain paragraphs."""
    expect(cell.get_by_role("status")).to_contain_text("Done", timeout=seconds * 1000)
    expect(answer(cell)).to_have_count(1)
    expect_exactly(answer(cell), "".join(text), seconds)


def expect_exactly(answer: Locator, markdown: str, seconds: float = 30) -> None:
    """An answer of plain paragraphs comes to hold this text, each character once.

    What is painted follows the end of the cell, and of a long answer, by some updates.
    """
    expect(answer).to_have_js_property("textContent", shown(markdown), timeout=seconds * 1000)


def hide(page: Page, hidden: bool) -> None:
    """The reader looks at another tab: a browser without a screen never hides one by itself."""
    page.evaluate(
        "(hidden) => {"
        " Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });"
        " document.dispatchEvent(new Event('visibilitychange'));"
        "}",
        hidden,
    )


def expect_stopped(cell: Locator) -> None:
    expect(cell.get_by_role("status")).to_contain_text("Stopped")
    expect(stop_button(cell)).to_have_count(0)
