"""What each Jupyter host can do, measured in its page, cell by cell of the table of `make hosts`."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.evidence import FAILED, keep_evidence
from browser.hosts import matrix
from browser.hosts.classic import ClassicNotebook
from browser.hosts.jupyter_hosts import Notebook7
from browser.hosts.pasting import expect_picture_sent, paste_picture
from browser.lab import Lab, wait_until
from browser.lab_session import LabSession, answer, expect_text, stop_button
from browser.notebook import Notebook
from browser.test_tools import card, results, tool_scenario
from browser.test_vscode import emulate_vs_code
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Locator, expect

pytestmark = pytest.mark.hosts

JUPYTER_HOSTS = ("JupyterLab", "Notebook 7", "nbclassic", "collaboration", "VS Code (emulated)")

VS_CODE = "VS Code (emulated)"

STOP_SECONDS = 1.0
"""CONTRACT's limit on a loaded machine."""

GOODBYE_SECONDS = 16.0
"""15 s after the goodbye, and a second for the way."""


class HostSession(LabSession):
    """A notebook in one host. The cell that a test needs is run as in any other session."""

    name: str
    notebook: Any

    @property
    def scenario(self) -> str:
        """The host's name as part of an address."""
        return self.name.replace(" ", "-")

    def saved_markdown(self) -> list[str]:
        """Save as a user does; return the Markdown of the chats in the file."""
        if isinstance(self.notebook, ClassicNotebook):
            self.notebook.save()
        else:
            self.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
        cells = json.loads(self.notebook.path.read_text())["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        chats = [output["data"] for output in outputs if "nbstream" in output.get("metadata", {})]
        # VS Code shows the Markdown where it does not know the view's model, other pages show an error.
        whole = 3 if self.name == VS_CODE else 2
        return ["".join(data.get("text/markdown", "")) if len(data) == whole else "a live view" for data in chats]

    def is_saved(self, text: str) -> bool:
        """Return whether the last chat in the file ends with this text; called until it does."""
        saved = self.saved_markdown()
        return bool(saved) and saved[-1].endswith(text)


@pytest.fixture(params=JUPYTER_HOSTS)
def host(
    browser: Browser, claude: ClaudeServer, request: pytest.FixtureRequest
) -> Iterator[tuple[HostSession, Callable[[str, str], None]]]:
    """A notebook in a host, and the function that records a cell of the host's row."""
    name = request.param
    servers = {"JupyterLab": "lab", VS_CODE: "lab", "collaboration": "shared_server"}
    lab: Lab = request.getfixturevalue(servers.get(name, "plain_server"))
    pages: dict[str, Any] = {"nbclassic": ClassicNotebook, "Notebook 7": Notebook7.open}
    notebook = pages.get(name, Notebook.open)(browser, lab, lab.notebook())
    session = HostSession(notebook, claude)
    session.name = name
    session.prepare()
    if name == VS_CODE:
        emulate_vs_code(session)
    yield session, lambda column, value: matrix.record(name, column, value)
    if request.node.stash.get(FAILED, False) and not session.page.is_closed():
        keep_evidence(notebook, request.node.name)
    if not session.page.is_closed():
        notebook.close()


def send(cell: Locator, text: str) -> None:
    box = cell.get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def test_streams_stop_and_the_closed_tab(host: tuple[HostSession, Callable[[str, str], None]]) -> None:
    session, record = host
    seconds: dict[str, float] = {}
    for state in ("waiting", "idle", "sleeping"):
        name = f"matrix-stop-{session.scenario}-{state}"
        cell, other = session.start_reply(session.claude.url(name, text=prose(20_000)), state)
        sent = session.wait_for_deltas(name, 20)
        expect(answer(cell)).to_contain_text("the")
        stop_button(cell).click()
        seconds[state] = session.wait_for_disconnect(sent) - session.last_input_at()
        expect(cell.get_by_role("status").first).to_contain_text("Stopped")
        if other is not None:
            session.interrupt()
            session.notebook.wait_for_end(other)
    record("streams", "yes")
    record("Stop, ms", " / ".join(f"{1000 * each:.0f}" for each in seconds.values()))
    assert statistics.median(seconds.values()) < STOP_SECONDS
    name = f"matrix-closed-{session.scenario}"
    session.run(f"ask({session.claude.url(name, text=prose(20_000))!r}, wait=False)")
    sent = session.wait_for_deltas(name, 20)
    expect(answer(session.page.locator("body")).last).to_contain_text("the")
    at = time.time()
    session.page.close(run_before_unload=True)
    gone = session.wait_for_disconnect(sent, 40) - at
    record("tab closed", f"{gone:.0f} s")
    assert gone < GOODBYE_SECONDS + 1


def test_every_kind_of_answer_reaches_the_file_and_a_reload_loses_nothing(
    host: tuple[HostSession, Callable[[str, str], None]],
) -> None:
    session, record = host
    claude, name = session.claude, f"matrix-file-{session.scenario}"
    cell = session.notebook.run(f"ask({claude.url(f'{name}-waits', text='It *waited*.', rate=None)!r})")
    session.notebook.wait_for_end(cell)
    wait_until(lambda: session.is_saved("It *waited*."))
    text = prose(200)
    url = claude.url(name, text=text, rate=None, gate=asyncio.Event(), gate_after=100, then=f"{name}-box")
    claude.url(f"{name}-box", text="From the *box*.", rate=None)
    cell = session.notebook.run(f"chat = ask({url!r}, wait=False)")
    expect(stop_button(cell)).to_be_visible()
    if session.name != VS_CODE:
        session.saved_markdown()
        session.notebook.reload()
        expect(stop_button(cell)).to_be_visible(timeout=30_000)
    claude.open_gate(name)
    expect_text(answer(cell), "".join(text))
    record("reload exact", "as Markdown" if session.name == VS_CODE else "yes, live again")
    wait_until(lambda: session.is_saved("".join(text)))
    record("background", "yes")
    send(cell, "And from the box?")
    expect(answer(cell).last).to_have_text("From the box.")
    record("message box", "yes")
    wait_until(lambda: session.is_saved("From the *box*."))
    record("file", "every answer")


def test_approval_paste_and_insert(host: tuple[HostSession, Callable[[str, str], None]]) -> None:
    session, record = host
    claude, name = session.claude, f"matrix-more-{session.scenario}"
    url = tool_scenario(session, f"{name}-tool", ("double", {"n": 21}), then="```python\n1 + 1\n```")
    session.run("def double(n: int) -> int:\n    'Double a number.'\n    return 2 * n")
    cell = session.run(f"chat = ask({url!r}, tools=[double], approve='ask', wait=False)")
    card(cell, "double").get_by_role("button", name="Run", exact=True).click()
    expect(answer(cell)).to_contain_text("1 + 1")
    assert [result["content"] for result in results(session, f"{name}-tool")] == ["42"]
    record("tool approval", "yes")
    insert = cell.get_by_role("button", name="Insert", exact=True)
    if session.name == VS_CODE:
        expect(insert).to_have_count(0)
        record("Insert", "no, Copy")
    else:
        count = session.notebook.cells.count()
        insert.click()
        expect(session.notebook.cells).to_have_count(count + 1)
        record("Insert", "yes")
    paste = claude.url(f"{name}-paste", text="A pixel.", rate=None)
    cell = session.run(
        f"pasted = nbstream.chat(client=anthropic.AsyncAnthropic(api_key='k', base_url={paste!r}, max_retries=0))"
    )
    paste_picture(cell.get_by_role("textbox", name="Message"))
    send(cell, "What is it?")
    expect(answer(cell)).to_have_text("A pixel.")
    expect_picture_sent(claude.records_of(f"{name}-paste")[0])
    record("paste", "yes")
