"""A JupyterLab session for tests: a notebook in a browser, its kernel, and the scripted Claude that it asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser.lab import Lab, wait_until
from browser.notebook import IS_READY, Notebook, PagePool
from claude_server import ClaudeServer, Record
from playwright.sync_api import Browser, Locator, Page, expect

STATES = ("waiting", "awaiting", "idle", "sleeping", "computing")
"""States of the main thread while a reply streams: in the waiting call, in an await, idle, or in another cell."""

BUSY_CELLS = {
    "sleeping": "time.sleep(30); print('never interrupted')",
    "computing": "end = time.time() + 30\nwhile time.time() < end: sum(i * i for i in range(1000))",
}
"""Code of the other cell, by state."""

SETUP = """
import asyncio, json, pathlib, threading, time
import anthropic, nbstream

def ask(url, prompt="Hello", **more):
    client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=0)
    return nbstream.chat(prompt, client=client, **more)

def call_when_there_is(path, method):
    def watch():
        while not path.exists():
            time.sleep(0.002)
        at = time.time()
        getattr(nbstream.last, method)()
        path.with_suffix(".at").write_text(str(at))
    threading.Thread(target=watch, daemon=True).start()
"""

KERNELS_LOSING_CELLS = {"7.1"}
"""One in fifty kernels of this version loses a cell between its threads and then waits for ever, with all threads
idle. That happens to the first cell too, before nbstream is imported. ipykernel 7.4 has repaired it."""


class LostCellError(AssertionError):
    """A kernel of a version in `KERNELS_LOSING_CELLS` has not run a cell."""


@dataclass
class LabSession:
    """A notebook with its kernel, and the server that its chats ask.

    Attributes:
        notebook: The open notebook.
        claude: The scripted server.
        kernel: The version of ipykernel.
    """

    notebook: Notebook
    claude: ClaudeServer
    kernel: str = "7.4"

    @classmethod
    def open(
        cls, browser: Browser, lab: Lab, claude: ClaudeServer, kernel: str = "7.4", **context: Any
    ) -> LabSession:
        """Open a new notebook in a page of its own.

        Args:
            browser: The browser that gets a new context.
            lab: The JupyterLab server.
            claude: The scripted server.
            kernel: The version of ipykernel, one of `lab.IPYKERNELS`.
            **context: Options of the browser context.
        """
        notebook = Notebook.open(browser, lab, lab.notebook(kernel=kernel), **context)
        return cls(notebook, claude, kernel).prepare()

    @classmethod
    def open_in(cls, pages: PagePool, lab: Lab, claude: ClaudeServer, kernel: str = "7.4") -> LabSession:
        """Open a new notebook in a page that earlier tests have used."""
        notebook = Notebook.open_in(pages.acquire(lab), lab, lab.notebook(kernel=kernel))
        return cls(notebook, claude, kernel).prepare()

    def prepare(self) -> LabSession:
        """Define in the kernel the functions that the tests call."""
        self.run(SETUP)
        return self

    def reset(self) -> bool:
        """Delete the cells of an earlier test; return `False` if its page or its kernel is lost."""
        self.page.context.clear_permissions()
        self.page.emulate_media(media="null")
        if not self.page.evaluate(IS_USABLE, self.notebook.path.name):
            return False
        if not self.page.evaluate(IS_READY, self.notebook.path.name):
            self.interrupt()
            self.notebook.wait_until_idle()
        self.notebook.clear()
        return True

    @property
    def page(self) -> Page:
        return self.notebook.page

    def run(self, code: str) -> Locator:
        """Run a cell and wait for its end; return the cell."""
        cell = self.notebook.run(code)
        try:
            self.notebook.wait_for_end(cell)
        except AssertionError:
            if self.kernel in KERNELS_LOSING_CELLS:
                raise LostCellError(f"ipykernel {self.kernel} has lost {code!r:.60}") from None
            raise
        return cell

    def has_lost_cells(self) -> bool:
        """Return whether a kernel of `KERNELS_LOSING_CELLS` runs no cell even after an interrupt."""
        if self.kernel not in KERNELS_LOSING_CELLS or self.page.is_closed():
            return False
        self.interrupt()
        try:
            self.run("'a cell'")
        except LostCellError:
            return True
        return False

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the kernel, as JSON can hold it."""
        return json.loads(self.notebook.output_of(self.run(f"print(json.dumps({expression}))")))

    def start_reply(self, url: str, state: str) -> tuple[Locator, Locator | None]:
        """Ask Claude, and bring the main thread into a state.

        Args:
            url: The base URL of the scenario.
            state: One of `STATES`.

        Returns:
            The cell with the chat, and the other cell that keeps the kernel busy, if there is one.
        """
        if state == "waiting":
            return self.notebook.run(f"ask({url!r})"), None
        if state == "awaiting":
            return self.notebook.run(f"chat = ask({url!r}, wait=False)\nawait chat"), None
        cell = self.run(f"ask({url!r}, wait=False)")
        return cell, self.notebook.run(BUSY_CELLS[state]) if state in BUSY_CELLS else None

    def stop_reply(self, cell: Locator, way: str, trigger: Path) -> float:
        """Stop the reply.

        Args:
            cell: The cell with the chat.
            way: `"button"`, `"escape"` or `"interrupt"` on the page; `"stop"` or `"close"`, methods of the chat.
            trigger: The file for which a thread of the kernel waits, see `call_when_there_is` in `SETUP`.

        Returns:
            The time of the act, as `time.time()` gives it.
        """
        if way in ("stop", "close"):
            trigger.touch()
            written = trigger.with_suffix(".at")
            wait_until(lambda: written.exists() and written.read_text(), 5)
            return float(written.read_text())
        if way == "button":
            stop_button(cell).click()
        elif way == "escape":
            cell.locator(".nbstream").focus()
            self.page.keyboard.press("Escape")
        elif way == "interrupt":
            self.page.get_by_role("button", name="Interrupt the kernel").click()
        return self.last_input_at()

    def last_input_at(self) -> float:
        """Return the time of the latest click or key on the page, by the page's own clock."""
        return float(self.page.evaluate("window.lastInputAt")) / 1000

    def interrupt(self) -> None:
        """Interrupt the kernel from outside the page."""
        self.notebook.lab.post(f"api/kernels/{self.kernel_id}/interrupt")

    @property
    def kernel_id(self) -> str:
        return self.notebook.lab.kernel_of(self.notebook.path)

    def wait_for_deltas(self, name: str, deltas: int = 1) -> Record:
        """Wait until so many deltas of a scenario's answer are sent; return the latest request's record."""
        self.claude.wait_for(lambda: [r for r in self.claude.records_of(name) if r.deltas >= deltas])
        return self.claude.records_of(name)[-1]

    def wait_for_disconnect(self, record: Record, seconds: float = 5) -> float:
        """Wait until the client has closed a request; return the time of that."""
        self.claude.wait_for(lambda: not record.is_open, seconds)
        assert record.disconnected_at is not None, "the reply ended by itself"
        return record.disconnected_at


IS_USABLE = """(name) => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === name && panel.sessionContext.session?.kernel?.connectionStatus === "connected"
    && !document.querySelector(".jp-Dialog");
}"""


class SessionPool:
    """Sessions that one test after another uses: a notebook whose cells are deleted, with its page and its kernel.

    To start a kernel and to open a notebook for it costs 3 s of a processor. A long notebook slows its page down.
    """

    def __init__(self, pages: PagePool) -> None:
        self._pages = pages
        self._free: dict[str, LabSession] = {}

    def acquire(self, lab: Lab, claude: ClaudeServer, kernel: str) -> LabSession:
        """Take the session that an earlier test has left, or open a new one in its page."""
        session = self._free.pop(lab.url, None)
        if session is not None:
            if session.kernel == kernel and session.reset():
                return session
            self._pages.release(session.notebook)
        return LabSession.open_in(self._pages, lab, claude, kernel)

    def release(self, session: LabSession) -> None:
        """Keep a session for the next test, unless its page was closed."""
        if session.page.is_closed():
            self._pages.discard(session.notebook)
        else:
            self._free[session.notebook.lab.url] = session

    def close(self) -> None:
        for session in self._free.values():
            self._pages.discard(session.notebook)


LatencyRecorder = Callable[[str, float, Record], float]
"""Takes the way in which a reply was ended, the time of that, and the record of its request; returns the seconds
from then to the end of the request."""


def stop_button(cell: Locator) -> Locator:
    return cell.get_by_role("button", name="Stop", exact=True)


def answer(cell: Locator) -> Locator:
    return cell.locator("[data-role=assistant] .nbstream-text")


def paragraph_text(markdown: str) -> str:
    """Return the text content of an answer of plain paragraphs: the paragraphs without the space between them."""
    return "".join(paragraph.strip() for paragraph in markdown.split("\n\n"))


def expect_complete(cell: Locator, text: list[str], seconds: float = 30) -> None:
    """Expect that the answer has ended and that the page shows exactly this text of plain paragraphs."""
    expect(cell.get_by_role("status")).to_contain_text("Done", timeout=seconds * 1000)
    expect(answer(cell)).to_have_count(1)
    expect_text(answer(cell), "".join(text), seconds)


def expect_text(answer: Locator, markdown: str, seconds: float = 30) -> None:
    """Expect that an answer of plain paragraphs comes to hold this text, each character once.

    The page paints some updates after the end of the cell, and many of a long answer.
    """
    expect(answer).to_have_js_property("textContent", paragraph_text(markdown), timeout=seconds * 1000)


def set_hidden(page: Page, hidden: bool) -> None:
    """Hide a page, as if the user looked at another tab, or show it: a browser without a screen hides no page."""
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
