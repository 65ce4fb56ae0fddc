"""nbclassic, whose page writes the notebook's file as JupyterLab's does, and whose kernel hears it by the comm."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from browser.hosts.classic import ClassicNotebook
from browser.lab import Lab, wait_until
from browser.lab_session import SETUP, answer, expect_text, stop_button
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.hosts


@pytest.fixture
def notebook(browser: Browser, plain_server: Lab) -> Iterator[ClassicNotebook]:
    notebook = ClassicNotebook(browser, plain_server, plain_server.notebook())
    notebook.wait_for_end(notebook.run(SETUP))
    yield notebook
    notebook.close()


def saved_markdown(file: Any) -> list[str]:
    outputs = [output for cell in file["cells"] for output in cell.get("outputs", [])]
    chats = [output["data"] for output in outputs if "nbstream" in output.get("metadata", {})]
    assert all(set(data) == {"text/markdown", "text/plain"} for data in chats)
    return ["".join(data["text/markdown"]) for data in chats]


def test_every_answer_is_in_the_file_and_the_chat_stays_live(
    notebook: ClassicNotebook, claude: ClaudeServer
) -> None:
    text = prose(200)
    url = claude.url("classic", text=text, rate=None, gate=asyncio.Event(), gate_after=100, then="classic-2")
    claude.url("classic-2", text="And:\n\n```python\n1 + 1\n```\n", rate=None)
    cell = notebook.run(f"chat = ask({url!r}, wait=False)")
    expect(stop_button(cell)).to_be_visible()
    assert "still being written" in saved_markdown(notebook.save())[0]
    notebook.reload()
    expect(stop_button(cell)).to_be_visible(timeout=20_000)
    assert not notebook.is_dirty()
    claude.open_gate("classic")
    expect_text(answer(cell), "".join(text))
    wait_until(notebook.is_dirty)
    assert saved_markdown(notebook.save()) == ["".join(text)]
    box = cell.get_by_role("textbox", name="Message")
    box.fill("And?")
    box.press("Enter")
    cell.get_by_role("button", name="Insert", exact=True).click()
    expect(notebook.cells.nth(2).locator(".CodeMirror-code")).to_have_text("1 + 1")
    assert "1 + 1" in saved_markdown(notebook.save())[0]
