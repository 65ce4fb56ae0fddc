"""Two browsers share a notebook by jupyter-collaboration: both show the chat live, the file has the text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from browser.evidence import FAILED, keep_evidence
from browser.lab import Lab, wait_until
from browser.lab_session import SETUP, answer, expect_text, stop_button
from browser.notebook import Notebook
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.hosts


@pytest.fixture
def readers(browser: Browser, shared_server: Lab, request: pytest.FixtureRequest) -> Iterator[list[Notebook]]:
    """The same notebook in two browsers."""
    path = shared_server.notebook()
    notebooks = [Notebook.open(browser, shared_server, path) for _ in range(2)]
    notebooks[0].wait_for_end(notebooks[0].run(SETUP))
    yield notebooks
    for number, notebook in enumerate(notebooks):
        if not notebook.page.is_closed():
            if request.node.stash.get(FAILED, False):
                keep_evidence(notebook, f"{request.node.name}-{number}")
            notebook.close()


def saved_markdown(notebook: Notebook) -> list[str]:
    """Save; return the Markdown of the outputs in the file, which hold nothing but text."""
    notebook.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    outputs = [
        output
        for cell in json.loads(notebook.path.read_text())["cells"]
        for output in cell.get("outputs", [])
        if "nbstream" in output.get("metadata", {})
    ]
    assert all(set(output["data"]) == {"text/markdown", "text/plain"} for output in outputs)
    return ["".join(output["data"]["text/markdown"]) for output in outputs]


def test_both_readers_see_the_stream_and_the_file_has_every_answer(
    readers: list[Notebook], claude: ClaudeServer
) -> None:
    first, second = readers
    text = prose(300)
    url = claude.url("shared", text=text, rate=None, gate=asyncio.Event(), gate_after=150, then="shared-2")
    claude.url("shared-2", text="And *more*.", rate=None)
    cell = first.run(f"chat = ask({url!r}, wait=False)")
    there = second.cells.nth(1)
    for each in (cell, there):
        expect(stop_button(each)).to_be_visible(timeout=20_000)
    wait_until(lambda: saved_markdown(first) == ["*Claude is writing this answer.*"])
    claude.open_gate("shared")
    for each in (cell, there):
        expect_text(answer(each), "".join(text))
    wait_until(lambda: saved_markdown(first) == ["".join(text)])
    box = there.get_by_role("textbox", name="Message")
    cell.get_by_role("textbox", name="Message").fill("A draft")
    box.fill("More?")
    box.press("Enter")
    for each in (cell, there):
        expect(answer(each).last).to_have_text("And more.")
    wait_until(lambda: saved_markdown(first)[0].endswith("And *more*."))
    assert len(saved_markdown(first)) == 1
    expect(cell.get_by_role("textbox", name="Message")).to_have_value("A draft")


def test_a_reader_who_is_left_alone_gets_the_answer_and_a_reload_shows_it_live(
    readers: list[Notebook], claude: ClaudeServer
) -> None:
    first, second = readers
    text = prose(200)
    url = claude.url("left", text=text, rate=None, gate=asyncio.Event(), gate_after=100)
    first.run(f"chat = ask({url!r}, wait=False)")
    there = second.cells.nth(1)
    expect(stop_button(there)).to_be_visible(timeout=20_000)
    first.close()
    second.reload()
    expect(stop_button(there)).to_be_visible(timeout=20_000)
    claude.open_gate("left")
    expect_text(answer(there), "".join(text))
    wait_until(lambda: saved_markdown(second) == ["".join(text)])
