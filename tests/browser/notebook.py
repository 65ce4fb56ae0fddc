"""A notebook in a browser, used as a user uses it, and the pages of JupyterLab in which notebooks are opened."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browser.lab import Lab, wait_until
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, WebSocket, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

INPUT_CLOCK = """
for (const act of ["pointerdown", "keydown"]) {
  addEventListener(act, () => { window.lastInputAt = Date.now() }, true);
}
"""

OPEN_NOTEBOOK = """async ([path, kernel]) => {
  await jupyterapp.commands.execute("docmanager:open", { path, kernel: kernel && { id: kernel } });
}"""

DELETE_CELLS = """async () => {
  await jupyterapp.commands.execute("notebook:select-all");
  await jupyterapp.commands.execute("notebook:delete-cell");
}"""

CLOSE_DOCUMENTS = """() => {
  if (!window.jupyterapp || document.querySelector(".jp-Dialog")) return false;
  for (const widget of [...jupyterapp.shell.widgets("main")]) widget.dispose();
  return true;
}"""

IS_READY = """(name) => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.path.split(/[:/]/).pop() === name
    && panel.sessionContext?.isReady && panel.sessionContext.session?.kernel?.status === "idle";
}"""

PAGE_STATE = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return {
    url: location.href,
    loaded: document.readyState,
    documents: window.jupyterapp && [...jupyterapp.shell.widgets("main")].map((widget) => widget.title.label),
    current: panel?.context?.path,
    contextIsReady: panel?.context?.isReady,
    sessionIsReady: panel?.sessionContext?.isReady,
    kernel: panel?.sessionContext?.session?.kernel?.status,
    connection: panel?.sessionContext?.session?.kernel?.connectionStatus,
    dialogs: [...document.querySelectorAll(".jp-Dialog")].map((dialog) => dialog.innerText),
  };
}"""


def new_page(browser: Browser, **context: Any) -> Page:
    """Open an empty page in a browser context of its own, so with an empty cache."""
    page = browser.new_context(viewport={"width": 1100, "height": 900}, **context).new_page()
    page.add_init_script(INPUT_CLOCK)
    return page


def run_last_cell(page: Page, cells: Locator, editor: str, code: str) -> Locator:
    """Type code into the last of the cells and press Shift+Enter, which adds a cell; return the cell."""
    index = cells.count() - 1
    cell = cells.nth(index)
    cell.locator(editor).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    expect(cells).to_have_count(index + 2)
    return cell


def new_workspace(lab: Lab, document: str = "") -> str:
    """Return the address of an empty workspace of JupyterLab, with a notebook opened in it if one is named.

    Two pages with one workspace take over each other's documents when they are loaded again.
    """
    return f"{lab.url}/lab/workspaces/{uuid.uuid4().hex[:8]}{document and f'/tree/{document}'}?reset"


@dataclass
class Notebook:
    """An open notebook in a browser; cells are run as a user runs them.

    Attributes:
        lab: The server that it comes from.
        page: The page that shows it.
        path: Its file.
        console: Lines of the page's console since the notebook was opened.
        received: Messages that the page got over its websockets since then.
        has_loaded_page: Whether JupyterLab was loaded with this notebook. Then it may open the notebook a second
            time at any moment: for its workspace and for the page's address.
    """

    lab: Lab
    page: Page
    path: Path
    console: list[str] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    has_loaded_page: bool = False

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("websocket", self._on_websocket)

    @classmethod
    def open(cls, browser: Browser, lab: Lab, path: Path, **context: Any) -> Notebook:
        """Load JupyterLab with a notebook in a page of its own."""
        notebook = cls(lab, new_page(browser, **context), path)
        notebook.load()
        return notebook

    @classmethod
    def open_in(cls, page: Page, lab: Lab, path: Path, kernel_id: str | None = None) -> Notebook:
        """Open a notebook in a page that has JupyterLab already, as a user opens the next one."""
        notebook = cls(lab, page, path)
        page.evaluate(OPEN_NOTEBOOK, [path.name, kernel_id])
        notebook.wait_until_idle()
        return notebook

    def _on_console(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.console.append(f"pageerror: {error}")

    def _on_websocket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._on_frame)

    def _on_frame(self, data: str | bytes) -> None:
        self.received.append(data if isinstance(data, bytes) else data.encode())

    def load(self) -> None:
        """Load JupyterLab with this notebook and nothing else."""
        self.has_loaded_page = True
        self.page.goto(new_workspace(self.lab, self.path.name))
        self.wait_until_idle()

    def reload(self) -> None:
        """Load the page again, as a user does, and wait for the kernel."""
        self.reload_page()
        self.wait_until_idle()

    def reload_page(self) -> None:
        """Load the page again once the workspace on the server names this notebook alone.

        JupyterLab saves the workspace some time after a notebook was opened or closed.
        """
        [workspace] = re.findall(r"/lab/workspaces/(\w+)", self.page.url)
        wait_until(lambda: self.lab.workspace_documents(workspace) == [self.path.name])
        self.has_loaded_page = True
        self.page.reload()

    def wait_until_idle(self) -> None:
        """Wait for the kernel; before it is connected, running a cell asks which kernel to take."""
        try:
            self.page.wait_for_function(IS_READY, arg=self.path.name, timeout=60_000)
        except PlaywrightTimeoutError as error:
            state = {**self.page.evaluate(PAGE_STATE), "sessions": self.lab.get("api/sessions")}
            raise AssertionError(f"{self.path.name} has no idle kernel; the page: {state}") from error

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:visible .jp-Cell")

    def run(self, code: str) -> Locator:
        """Type code into the last cell and press Shift+Enter; return the cell."""
        return run_last_cell(self.page, self.cells, ".cm-content", code)

    def wait_for_end(self, cell: Locator, seconds: float = 30) -> None:
        """Wait for the end of a cell."""
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=seconds * 1000)

    def clear(self) -> None:
        """Delete all cells, which leaves an empty one, and forget what the page has said and received."""
        self.page.evaluate(DELETE_CELLS)
        expect(self.cells).to_have_count(1)
        self.console.clear()
        self.received.clear()

    def output_of(self, cell: Locator) -> str:
        return cell.locator(".jp-Cell-outputArea").inner_text()

    def detach(self) -> None:
        """Stop noting the page's events, which are the next notebook's."""
        self.page.remove_listener("console", self._on_console)
        self.page.remove_listener("pageerror", self._on_error)
        self.page.remove_listener("websocket", self._on_websocket)

    def close(self) -> None:
        """Close the page, and its context with it."""
        self.page.context.close()


class PagePool:
    """Pages with JupyterLab loaded, in which one test after another opens its notebook.

    To load JupyterLab costs 5.6 s of a processor, to open a notebook in a page that has it 0.8 s.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._shutdowns = ThreadPoolExecutor(max_workers=1)
        self._pages: dict[str, list[Page]] = {}

    def acquire(self, lab: Lab) -> Page:
        """Take a page without documents."""
        if pages := self._pages.get(lab.url):
            return pages.pop()
        page = new_page(self._browser)
        page.goto(new_workspace(lab))
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
        page.evaluate(CLOSE_DOCUMENTS)
        return page

    def release(self, notebook: Notebook) -> None:
        """Close a notebook, end its kernel, and keep its page for the next test.

        The page is closed if it asks its user something, has lost JupyterLab, or was loaded with the notebook.
        """
        page, lab = notebook.page, notebook.lab
        if page.is_closed() or notebook.has_loaded_page or not page.evaluate(CLOSE_DOCUMENTS):
            self.discard(notebook)
            return
        notebook.detach()
        self._end_kernel(notebook)
        self._pages.setdefault(lab.url, []).append(page)

    def discard(self, notebook: Notebook) -> None:
        """Close a notebook's page, and end its kernel."""
        notebook.close()
        self._end_kernel(notebook)

    def _end_kernel(self, notebook: Notebook) -> None:
        # A kernel takes most of a second to end; the next test need not wait for that.
        self._shutdowns.submit(notebook.lab.end_session, notebook.path)

    def close(self) -> None:
        """Wait for the kernels that are being shut down."""
        self._shutdowns.shutdown()
