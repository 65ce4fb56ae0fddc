"""The notebook's file: what its readers see of an answer, and the chat that lives on while the kernel does."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from browser.desk import SETUP, Desk, answer, stop_button
from browser.lab import wait_until
from claude_server import prose
from playwright.sync_api import Locator, expect

VIEW = "application/vnd.jupyter.widget-view+json"
TEXT = "A *short* answer with `code`.\n\n```python\nif a < b: print('<b>')\n```\n\nThe end."
NEVER = ("model not found", "Loading widget", "Error displaying widget")


def save(desk: Desk, *, running: bool = False) -> list[Any]:
    """Save as a user does; the outputs that hold chats."""
    # A cell's end is told at once, the answer's with its next frame.
    if not running:
        expect(stop_button(desk.page.locator("body"))).to_have_count(0)
    desk.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait_until(lambda: not dirty(desk))
    return chats(desk.notebook.path)


def chats(path: Path) -> list[Any]:
    notebook = json.loads(path.read_text())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output for output in outputs if "nbstream" in output.get("metadata", {})]


def markdown(output: Any) -> str:
    assert VIEW not in output["data"]
    assert set(output["data"]) == {"text/markdown", "text/plain"}
    return "".join(output["data"]["text/markdown"])


def dirty(desk: Desk) -> bool:
    return bool(desk.page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty"))


def say(chat: Locator, text: str) -> None:
    box = chat.get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def reload(desk: Desk) -> Locator:
    desk.notebook.reload()
    return desk.page.locator(".jp-NotebookPanel:visible")


def expect_readable(page: Locator, text: str = "The end.") -> None:
    answers = page.locator(".jp-OutputArea-output.jp-RenderedMarkdown", has_text=text)
    # The page may have been loaded just now.
    expect(answers).to_have_count(1, timeout=30_000)
    expect(page.locator(".nbstream")).to_have_count(0)
    for words in NEVER:
        expect(page.get_by_text(words)).to_have_count(0)


def test_the_file_has_the_answer_and_the_view_is_never_touched(desk: Desk) -> None:
    url = desk.claude.url("kept", text=[*prose(600), "\n\n" + TEXT], rate=300)
    cell = desk.notebook.run(f"chat = ask({url!r})")
    desk.reached("kept", 50)
    desk.page.evaluate(
        """() => {
        window.node = document.querySelector('.nbstream');
        window.changes = 0;
        const output = node.closest('.jp-OutputArea-output');
        const watch = new MutationObserver(() => window.changes++);
        watch.observe(output.closest(".jp-OutputArea"), {childList: true});
        window.box = document.querySelector('.jp-WindowedPanel-outer');
    }"""
    )
    desk.notebook.done(cell, 60)
    desk.page.evaluate("box.scrollTop = 37")
    top = desk.page.evaluate("box.scrollTop")
    [output] = save(desk)
    assert markdown(output).endswith(TEXT)
    state = desk.page.evaluate(
        "[node.isConnected, changes, box.scrollTop, document.querySelector('.nbstream') === node]"
    )
    assert state == [True, 0, top, True]
    # The next turn comes from the message box, where no cell runs.
    desk.claude.url("kept", text=TEXT, rate=None)
    say(cell.locator(".nbstream"), "And <b>?")
    expect(answer(cell).last).to_contain_text("The end.")
    wait_until(lambda: dirty(desk))
    [output] = save(desk)
    assert "And &lt;b>?\n\n**Claude**\n\n" + TEXT in markdown(output)
    assert desk.page.evaluate("node.isConnected && changes === 0")


def test_a_reload_brings_the_live_chat_back_and_its_end_is_saved(desk: Desk) -> None:
    url = desk.claude.url(
        "reloaded", text=[*prose(900), "\n\nThe end."], rate=200, gate=asyncio.Event(), gate_after=400
    )
    desk.run(f"chat = ask({url!r}, wait=False)")
    desk.reached("reloaded", 60)
    [output] = save(desk, running=True)
    assert "still being written" in markdown(output)
    page = reload(desk)
    chat = page.locator(".nbstream")
    expect(stop_button(chat)).to_be_visible(timeout=30_000)
    assert not dirty(desk)
    desk.claude.open_gate("reloaded")
    expect(chat.locator(".nbstream-text").last).to_contain_text("The end.", timeout=30_000)
    wait_until(lambda: dirty(desk))
    [output] = save(desk)
    assert markdown(output).endswith("The end.")
    assert "still being written" not in markdown(output)
    desk.claude.url("reloaded", text="Another answer.", rate=None)
    say(chat, "More")
    expect(chat.locator(".nbstream-text").last).to_contain_text("Another answer.")
    wait_until(lambda: dirty(desk))
    assert "Another answer." in markdown(save(desk)[0])


def test_a_chat_that_the_file_has_not_yet_comes_back_under_its_cell(desk: Desk) -> None:
    save(desk)
    url = desk.claude.url(
        "unsaved", text=[*prose(900), "\n\nThe end."], rate=200, gate=asyncio.Event(), gate_after=400
    )
    desk.run(f"chat = ask({url!r}, wait=False)")
    desk.reached("unsaved", 60)
    # The source is in the file, the run is not.
    source = json.loads(desk.notebook.path.read_text())
    live = desk.page.evaluate("JSON.stringify(jupyterapp.shell.currentWidget.context.model.toJSON())")
    for cell in (written := json.loads(live))["cells"]:
        if "outputs" in cell:
            cell["outputs"] = []
            cell["metadata"].pop("trusted", None)
    assert len(written["cells"]) > len(source["cells"])
    desk.notebook.path.write_text(json.dumps(written))
    page = reload(desk)
    cell = page.locator(".jp-Cell", has_text="unsaved")
    expect(stop_button(cell)).to_be_visible(timeout=30_000)
    desk.claude.open_gate("unsaved")
    expect(answer(cell)).to_contain_text("The end.", timeout=30_000)
    assert markdown(save(desk)[0]).endswith("The end.")


@pytest.mark.parametrize("reader", ["a fresh kernel", "no kernel", "no trust"])
def test_others_read_the_answer(desk: Desk, reader: str) -> None:
    desk.run(f"ask({desk.claude.url('read', text=TEXT, rate=None)!r})")
    assert markdown(save(desk)[0]) == TEXT
    if reader == "no trust":
        # Changed by somebody else, it is not what was signed.
        changed = json.loads(desk.notebook.path.read_text())
        changed["cells"][0]["source"] += "\n# changed"
        desk.notebook.path.write_text(json.dumps(changed))
    if reader == "a fresh kernel":
        desk.notebook.lab.post(f"api/kernels/{desk.kernel_id}/restart")
    else:
        desk.notebook.lab.delete(f"api/kernels/{desk.kernel_id}")
    if reader == "no kernel":
        notebook = json.loads(desk.notebook.path.read_text())
        notebook["metadata"]["kernelspec"]["name"] = "none-such"
        desk.notebook.path.write_text(json.dumps(notebook))
        desk.page.reload()
    else:
        reload(desk)
    expect_readable(desk.page.locator(".jp-NotebookPanel:visible"))


def test_a_restarted_kernel_leaves_the_text_to_the_next_save(desk: Desk) -> None:
    cell = desk.run(f"ask({desk.claude.url('restarted', text=TEXT, rate=None)!r})")
    # The cell's end may be here before the answer's, and a kernel that is gone sends nothing after it.
    expect(cell.get_by_role("status")).to_contain_text("Done")
    desk.notebook.lab.post(f"api/kernels/{desk.kernel_id}/restart")
    desk.notebook.wait_until_idle()
    desk.page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty = true")
    assert markdown(save(desk)[0]) == TEXT


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


def test_a_hostile_answer_does_nothing_in_a_trusted_notebook(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.run(f"ask({desk.claude.url('hostile', text=HOSTILE, rate=None)!r})\nNone")
    save(desk)
    desk.notebook.lab.post(f"api/kernels/{desk.kernel_id}/restart")
    page = reload(desk)
    expect_readable(page)
    assert desk.page.evaluate("jupyterapp.shell.currentWidget.content.widgets[1].model.trusted")
    for part in page.locator(".jp-RenderedMarkdown a").all():
        part.hover()
    assert desk.page.evaluate("window.ran") is None
    assert not [url for url in asked if "evil.test" in url]
    html = page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").inner_html()
    assert "<script" not in html
    assert "onmouseover=" not in html.replace("onmouseover=''", "")


def test_many_chats_in_a_file_are_small_and_hold_no_secret(desk: Desk) -> None:
    text = "".join(prose(1500))
    url = desk.claude.url("many", text=text, rate=None)
    desk.run("\n".join([f"ask({url!r})"] * 5 + ["nbstream.last"]))
    outputs = save(desk)
    assert len(outputs) == 5
    for output in outputs:
        assert len(json.dumps(output, indent=1)) < 3 * len(text) + 20_000
    assert "sk-secret" not in json.dumps(outputs)
    assert SETUP.count("sk-secret") == desk.notebook.path.read_text().count("sk-secret")
    again = desk.run("chat = nbstream.last\nchat")
    expect(again.locator(".nbstream")).to_have_count(1)
    assert "stands in this notebook above" in markdown(save(desk)[-1])


def test_another_notebook_is_saved_as_it_was(desk: Desk) -> None:
    desk.run(f"ask({desk.claude.url('other', text=TEXT, rate=None)!r})\nNone")
    desk.run("import ipywidgets; slider = ipywidgets.IntSlider(); slider")
    save(desk)
    notebook = json.loads(desk.notebook.path.read_text())
    kinds = [set(o["data"]) for cell in notebook["cells"] for o in cell.get("outputs", []) if "data" in o]
    assert [VIEW in kind for kind in kinds] == [False, True]
