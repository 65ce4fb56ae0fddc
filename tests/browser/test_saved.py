"""Answers in the notebook's file, and the live chat that comes back from the kernel after a reload."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from browser.lab import wait_until
from browser.lab_session import SETUP, LabSession, answer, stop_button
from claude_server import prose
from playwright.sync_api import Locator, expect

VIEW = "application/vnd.jupyter.widget-view+json"
TEXT = "A *short* answer with `code`.\n\n```python\nif a < b: print('<b>')\n```\n\nThe end."
NEVER = ("model not found", "Loading widget", "Error displaying widget")


def save(session: LabSession, *, running: bool = False) -> list[Any]:
    """Save as a user does; return the outputs in the file that hold chats."""
    # The page learns the end of a cell at once, and the end of an answer with its next frame.
    if not running:
        expect(stop_button(session.page.locator("body"))).to_have_count(0)
    session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait_until(lambda: not dirty(session))
    return chats(session.notebook.path)


def chats(path: Path) -> list[Any]:
    notebook = json.loads(path.read_text())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output for output in outputs if "nbstream" in output.get("metadata", {})]


def markdown(output: Any) -> str:
    assert VIEW not in output["data"]
    assert set(output["data"]) == {"text/markdown", "text/plain"}
    return "".join(output["data"]["text/markdown"])


def dirty(session: LabSession) -> bool:
    return bool(session.page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty"))


def send_message(chat: Locator, text: str) -> None:
    box = chat.get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def reload(session: LabSession) -> Locator:
    session.notebook.reload()
    return session.page.locator(".jp-NotebookPanel:visible")


def expect_readable(page: Locator, text: str = "The end.") -> None:
    answers = page.locator(".jp-OutputArea-output.jp-RenderedMarkdown", has_text=text)
    # The page may still be loading.
    expect(answers).to_have_count(1, timeout=30_000)
    expect(page.locator(".nbstream")).to_have_count(0)
    for words in NEVER:
        expect(page.get_by_text(words)).to_have_count(0)


def test_the_file_has_the_answer_and_saving_does_not_change_the_view(session: LabSession) -> None:
    url = session.claude.url("kept", text=[*prose(600), "\n\n" + TEXT], rate=300)
    cell = session.notebook.run(f"chat = ask({url!r})")
    session.wait_for_deltas("kept", 50)
    expect(cell.locator(".nbstream")).to_be_visible()
    session.page.evaluate(
        """() => {
        window.node = document.querySelector('.nbstream');
        window.changes = 0;
        const output = node.closest('.jp-OutputArea-output');
        const watch = new MutationObserver(() => window.changes++);
        watch.observe(output.closest(".jp-OutputArea"), {childList: true});
        window.box = document.querySelector('.jp-WindowedPanel-outer');
    }"""
    )
    session.notebook.wait_for_end(cell, 60)
    # At its end the answer opens, and the page scrolls so that the line that is read stays in its place.
    expect(cell.get_by_role("status")).to_contain_text("Done")
    session.page.evaluate("box.scrollTop = 37")
    top = session.page.evaluate("box.scrollTop")
    [output] = save(session)
    assert markdown(output).endswith(TEXT)
    state = session.page.evaluate(
        "[node.isConnected, changes, box.scrollTop, document.querySelector('.nbstream') === node]"
    )
    assert state == [True, 0, top, True]
    # The next turn comes from the message box, so no cell runs.
    session.claude.url("kept", text=TEXT, rate=None)
    send_message(cell.locator(".nbstream"), "And <b>?")
    expect(answer(cell).last).to_contain_text("The end.")
    wait_until(lambda: dirty(session))
    [output] = save(session)
    assert "And &lt;b>?\n\n**Claude**\n\n" + TEXT in markdown(output)
    assert session.page.evaluate("node.isConnected && changes === 0")


def test_a_reload_brings_the_live_chat_back_and_its_end_is_saved(session: LabSession) -> None:
    url = session.claude.url(
        "reloaded", text=[*prose(900), "\n\nThe end."], rate=200, gate=asyncio.Event(), gate_after=400
    )
    session.run(f"chat = ask({url!r}, wait=False)")
    session.wait_for_deltas("reloaded", 60)
    [output] = save(session, running=True)
    assert "still being written" in markdown(output)
    page = reload(session)
    chat = page.locator(".nbstream")
    expect(stop_button(chat)).to_be_visible(timeout=30_000)
    assert not dirty(session)
    session.claude.open_gate("reloaded")
    expect(chat.locator(".nbstream-text").last).to_contain_text("The end.", timeout=30_000)
    wait_until(lambda: dirty(session))
    [output] = save(session)
    assert markdown(output).endswith("The end.")
    assert "still being written" not in markdown(output)
    session.claude.url("reloaded", text="Another answer.", rate=None)
    send_message(chat, "More")
    expect(chat.locator(".nbstream-text").last).to_contain_text("Another answer.")
    wait_until(lambda: dirty(session))
    assert "Another answer." in markdown(save(session)[0])


def test_a_chat_that_the_file_has_not_yet_comes_back_under_its_cell(session: LabSession) -> None:
    save(session)
    url = session.claude.url(
        "unsaved", text=[*prose(900), "\n\nThe end."], rate=200, gate=asyncio.Event(), gate_after=400
    )
    session.run(f"chat = ask({url!r}, wait=False)")
    session.wait_for_deltas("unsaved", 60)
    # Write a file that has the cell's source and not its output.
    source = json.loads(session.notebook.path.read_text())
    live = session.page.evaluate("JSON.stringify(jupyterapp.shell.currentWidget.context.model.toJSON())")
    for cell in (written := json.loads(live))["cells"]:
        if "outputs" in cell:
            cell["outputs"] = []
            cell["metadata"].pop("trusted", None)
    assert len(written["cells"]) > len(source["cells"])
    session.notebook.path.write_text(json.dumps(written))
    page = reload(session)
    cell = page.locator(".jp-Cell", has_text="unsaved")
    expect(stop_button(cell)).to_be_visible(timeout=30_000)
    session.claude.open_gate("unsaved")
    expect(answer(cell)).to_contain_text("The end.", timeout=30_000)
    assert markdown(save(session)[0]).endswith("The end.")


@pytest.mark.own_kernel
@pytest.mark.parametrize("situation", ["a fresh kernel", "no kernel", "no trust"])
def test_without_the_live_chat_the_file_shows_the_answer(session: LabSession, situation: str) -> None:
    session.run(f"ask({session.claude.url('read', text=TEXT, rate=None)!r})")
    assert markdown(save(session)[0]) == TEXT
    if situation == "no trust":
        # A file that somebody else has changed no longer has its signature, and is not trusted.
        changed = json.loads(session.notebook.path.read_text())
        changed["cells"][0]["source"] += "\n# changed"
        session.notebook.path.write_text(json.dumps(changed))
    if situation == "a fresh kernel":
        session.notebook.lab.post(f"api/kernels/{session.kernel_id}/restart")
    else:
        session.notebook.lab.delete(f"api/kernels/{session.kernel_id}")
    if situation == "no kernel":
        notebook = json.loads(session.notebook.path.read_text())
        notebook["metadata"]["kernelspec"]["name"] = "none-such"
        session.notebook.path.write_text(json.dumps(notebook))
        session.notebook.reload_page()
    else:
        reload(session)
    expect_readable(session.page.locator(".jp-NotebookPanel:visible"))


@pytest.mark.own_kernel
def test_after_a_restart_of_the_kernel_the_next_save_has_the_answer(session: LabSession) -> None:
    cell = session.run(f"ask({session.claude.url('restarted', text=TEXT, rate=None)!r})")
    # The end of the cell may arrive before the end of the answer, which a kernel that is gone no longer sends.
    expect(cell.get_by_role("status")).to_contain_text("Done")
    session.notebook.lab.post(f"api/kernels/{session.kernel_id}/restart")
    session.notebook.wait_until_idle()
    session.page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty = true")
    assert markdown(save(session)[0]) == TEXT


HOSTILE = """<script>window.ran = 1</script><img src="http://evil.test/1.png" onerror="window.ran = 2">
[x](javascript:window.ran=3) ![y](http://evil.test/2.png) $a" onmouseover="window.ran=4$
https://x.test/$" onmouseover="window.ran=5" autofocus onfocus="window.ran=6$ `<b>` <iframe src="http://evil.test/3">

- ```html
  <script>window.ran = 7</script>
```
<script>window.ran = 8</script>

$$

```mermaid
graph TD; A[<img src="http://evil.test/4.png">]
```

$$ <style>@import "http://evil.test/5.css";</style>

The end."""


@pytest.mark.own_kernel
def test_a_hostile_answer_does_nothing_in_a_trusted_notebook(session: LabSession) -> None:
    asked: list[str] = []
    session.page.on("request", lambda request: asked.append(request.url))
    session.run(f"ask({session.claude.url('hostile', text=HOSTILE, rate=None)!r})\nNone")
    save(session)
    session.notebook.lab.post(f"api/kernels/{session.kernel_id}/restart")
    page = reload(session)
    expect_readable(page)
    assert session.page.evaluate("jupyterapp.shell.currentWidget.content.widgets[1].model.trusted")
    for part in page.locator(".jp-RenderedMarkdown a").all():
        part.hover()
    assert session.page.evaluate("window.ran") is None
    assert not [url for url in asked if "evil.test" in url]
    output = page.locator(".jp-OutputArea-output.jp-RenderedMarkdown")
    expect(output.locator("script")).to_have_count(0)
    attributes = "root => [...root.querySelectorAll('*')].flatMap(each => each.getAttributeNames())"
    assert not [name for name in output.evaluate(attributes) if name.startswith("on")]


def test_many_chats_in_a_file_are_small_and_hold_no_secret(session: LabSession) -> None:
    # In a file with a part for each line, short lines take half as much room again.
    text = "".join(prose(500)) + "\n" + "\n- a short line" * 1_500
    url = session.claude.url("many", text=text, rate=None)
    session.run("\n".join([f"ask({url!r})"] * 5 + ["nbstream.last"]))
    outputs = save(session)
    assert len(outputs) == 5
    for output in outputs:
        assert len(json.dumps(output, indent=1)) < 1.2 * len(json.dumps(text)) + 2_000
    assert "sk-secret" not in json.dumps(outputs)
    saved = session.notebook.path.read_text()
    # A kernel that is new ran the cell of `SETUP`, which holds the key, in this notebook.
    assert saved.count("sk-secret") == SETUP.count("sk-secret") * saved.count("def ask(")
    again = session.run("chat = nbstream.last\nchat")
    expect(again.locator(".nbstream")).to_have_count(1)
    assert "stands in this notebook above" in markdown(save(session)[-1])


def test_the_output_of_another_widget_is_saved_unchanged(session: LabSession) -> None:
    session.run(f"ask({session.claude.url('other', text=TEXT, rate=None)!r})\nNone")
    session.run("import ipywidgets; slider = ipywidgets.IntSlider(); slider")
    save(session)
    notebook = json.loads(session.notebook.path.read_text())
    kinds = [set(o["data"]) for cell in notebook["cells"] for o in cell.get("outputs", []) if "data" in o]
    assert [VIEW in kind for kind in kinds] == [False, True]
