"""JupyterLite in a real browser: the demo of the documentation, as `make docs` builds it, with nbstream in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from browser.evidence import FAILED, RESULTS
from browser.hosts import matrix
from browser.hosts.pasting import expect_picture_sent, paste_picture
from browser.lab import wait_until
from build_site import build_site
from claude_server import CORS, ClaudeServer, prose
from playwright.sync_api import Browser, Locator, Page, expect

from nbstream.claude.demo import reply_events

pytestmark = pytest.mark.hosts

ROOT = Path(__file__).parents[3]

IS_IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"


SAVED_TEXT = """async () => {
  const { serviceManager } = window.jupyterapp;
  const { content } = await serviceManager.contents.get("quickstart.ipynb", { content: true });
  const outputs = content.cells.flatMap((cell) => cell.outputs ?? []);
  return JSON.stringify(outputs.map((output) => output.data?.["text/markdown"]));
}"""
"""The Markdown that the notebook's file in the browser's storage holds."""


class Files(SimpleHTTPRequestHandler):
    """The site as any web server has it, without a log."""

    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the documentation, with the demo in it."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    build_site(folder / "try")
    config = folder / "try" / "jupyter-lite.json"
    settings = json.loads(config.read_text())
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    config.write_text(json.dumps(settings))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, site: str, claude: ClaudeServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The quickstart notebook, opened from the first page of the documentation.

    The test fails if a page asks another server than Claude.
    """
    asked: list[str] = []
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(site)
    page.get_by_role("link", name="quickstart", exact=True).click()
    page.locator(IS_IDLE).wait_for(timeout=180_000)
    yield page
    if request.node.stash.get(FAILED, False) and not page.is_closed():
        RESULTS.mkdir(exist_ok=True)
        page.screenshot(path=RESULTS / f"{request.node.name}.png")
    context.close()
    known = ("blob:", "data:", site, f"http://127.0.0.1:{claude.port}")
    assert [url for url in asked if not url.startswith(known)] == []


def run_cell(page: Page, index: int, code: str | None = None) -> Locator:
    """Run a cell, with other code if it is given, and return its outputs."""
    # A cell that is run before the notebook has its kernel asks for one instead.
    expect(page.get_by_role("button", name="Python (Pyodide) | Idle")).to_be_visible(timeout=180_000)
    cell = page.locator(".jp-Notebook .jp-Cell").nth(index)
    cell.locator(".cm-content").click()
    if code is not None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    return cell.locator(".jp-OutputArea-output")


def answer(page: Page) -> Locator:
    return page.locator("[data-role=assistant] .nbstream-text").last


def test_the_quickstart_runs_from_top_to_bottom(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # A first answer streams: there is text, and a button that stops what is still to come.
    expect(answer(page)).to_contain_text("demo", timeout=240_000)
    expect(page.get_by_role("button", name="Stop", exact=True).first).to_be_visible()
    outputs = page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-OutputArea-output").last
    expect(outputs).to_have_text(re.compile(r"\d+"), timeout=240_000)
    expect(page.get_by_text("done end_turn")).to_be_visible()
    expect(page.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)


def test_a_cell_that_waits_streams_and_stops_and_the_message_box_goes_on(
    page: Page, claude: ClaudeServer, record_property: Callable[[str, object], None]
) -> None:
    url = claude.url("lite", text=prose(20_000), rate=50, headers=CORS, then="lite-2")
    claude.url("lite-2", text="And on:\n\n```python\n1 + 1\n```\n", rate=None, headers=CORS)
    setup = (
        "import anthropic, nbstream\n"
        f"client = anthropic.AsyncAnthropic(api_key='k', base_url={url!r}, max_retries=0)\n"
        "chat = nbstream.chat('Hello', client=client)\nprint('then', chat.status, chat.stop_reason)"
    )
    run_cell(page, 1, setup)
    expect(answer(page)).to_contain_text(" ", timeout=180_000)
    [record] = claude.records_of("lite")
    at = time.time()
    page.get_by_role("button", name="Stop", exact=True).click()
    claude.wait_for(lambda: not record.is_open)
    assert record.disconnected_at is not None
    seconds = record.disconnected_at - at
    record_property("stop", json.dumps({"way": "lite-wait", "seconds": seconds}))
    matrix.record("JupyterLite", "streams", "yes")
    matrix.record("JupyterLite", "Stop, ms", f"{1000 * seconds:.0f}")
    expect(page.get_by_text("then stopped user")).to_be_visible(timeout=20_000)
    page.get_by_role("textbox", name="Message").fill("Go on.")
    page.get_by_role("button", name="Send").click()
    expect(answer(page)).to_contain_text("And on:", timeout=20_000)
    expect(page.locator(".nbstream").get_by_role("status").first).to_contain_text("Done")
    page.locator(".nbstream").get_by_role("button", name="Insert", exact=True).click()
    expect(page.locator(".jp-Notebook .jp-Cell").nth(2).locator(".cm-content")).to_have_text("1 + 1")
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait_until(lambda: "And on:" in page.evaluate(SAVED_TEXT))
    for column in ("message box", "Insert"):
        matrix.record("JupyterLite", column, "yes")
    matrix.record("JupyterLite", "file", "every answer")


SETUP = """import anthropic, nbstream

def double(n: int) -> int:
    "Double a number."
    return 2 * n

def ask(url, prompt="Hello", **more):
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return nbstream.chat(prompt, client=client, **more)
"""


def test_a_call_is_approved_a_picture_is_pasted_and_a_closed_tab_ends_the_request(
    page: Page, claude: ClaudeServer
) -> None:
    call: list[Any] = [("tool_use", {"id": "t", "name": "double", "input": {}}, ['{"n": 21}'])]
    events = list(reply_events(call, stop_reason="tool_use"))
    url = claude.url("lite-call", events=events, headers=CORS, then="lite-called")
    claude.url("lite-called", text="That is 42.", rate=None, headers=CORS)
    run_cell(page, 1, f"{SETUP}\nchat = ask({url!r}, tools=[double], approve='ask', wait=False)")
    page.get_by_role("button", name="Run", exact=True).click(timeout=180_000)
    expect(answer(page)).to_have_text("That is 42.", timeout=20_000)
    matrix.record("JupyterLite", "background", "yes")
    matrix.record("JupyterLite", "tool approval", "yes")
    claude.url("lite-called", text=prose(20_000), rate=50, headers=CORS)
    box = page.get_by_role("textbox", name="Message")
    paste_picture(box)
    box.fill("And this?")
    box.press("Enter")
    expect(answer(page)).to_contain_text("the", timeout=20_000)
    record = claude.records_of("lite-call")[-1]
    expect_picture_sent(record)
    matrix.record("JupyterLite", "paste", "yes")
    at = time.time()
    page.close()
    claude.wait_for(lambda: not record.is_open, 20)
    assert record.disconnected_at is not None
    matrix.record("JupyterLite", "tab closed", f"{record.disconnected_at - at:.0f} s")
