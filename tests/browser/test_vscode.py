"""A page whose widgets have VS Code's context; VS Code itself needs a desktop.

The context follows `src/documentContext.ts` and `src/manager.ts` of microsoft/vscode-jupyter-ipywidgets: an empty
notebook model that no file is written from, no path, methods that throw, and no restoration. The kernel object has
a control channel there too (`src/webviews/webview-side/ipywidgets/kernel/kernel.ts` of microsoft/vscode-jupyter).
"""

from __future__ import annotations

import json

import pytest
from browser.lab_session import LabSession, answer, stop_button
from browser.test_tools import card, results, tool_scenario
from playwright.sync_api import expect

FIND_MANAGER = """
import anywidget
class Finder(anywidget.AnyWidget):
    _esm = "export default { initialize({ model }) { window.manager = model.widget_manager; } }"
finder = Finder()
"""

GIVE_CONTEXT = """() => {
  const { manager } = window;
  const NotebookModel = manager.context.model.constructor;
  const fail = () => { throw new Error("Method not implemented."); };
  window.dummy = new NotebookModel();
  const context = { path: undefined, model: window.dummy, save: fail, fileChanged: manager.context.fileChanged };
  Object.defineProperty(manager, "context", { get: () => context });
  Object.defineProperty(manager, "restoredStatus", { get: () => false });
}"""

DUMMY_CELLS = "() => window.dummy.toJSON().cells.length"

SAVE = "() => jupyterapp.commands.execute('docmanager:save')"


@pytest.mark.own_kernel
def test_in_vs_code_the_kernel_leaves_the_answer_in_the_file(session: LabSession) -> None:
    session.run(FIND_MANAGER)
    session.page.wait_for_function("window.manager !== undefined")
    session.page.evaluate(GIVE_CONTEXT)
    cells = session.page.evaluate(DUMMY_CELLS)

    code = "Try:\n\n```python\nx = 1\n```\n\nAnd *so* on."
    url = session.claude.url("code-later", text=code, rate=None, then="code-box")
    session.claude.url("code-box", text="Live on.", rate=None)
    background = session.run(f"chat = ask({url!r}, wait=False)")
    # The text takes the place of the view when the answer has ended, and a later cell shows the chat live again.
    expect(background.locator(".jp-RenderedMarkdown")).to_contain_text("And so on.")
    again = session.run("chat")
    expect(answer(again).locator("pre")).to_contain_text("x = 1")
    expect(again.get_by_title("Copy the code")).to_have_count(1)
    expect(again.get_by_role("button", name="Insert", exact=True)).to_have_count(0)
    again.get_by_role("textbox", name="Message").fill("And?")
    again.get_by_role("textbox", name="Message").press("Enter")
    expect(answer(again).last).to_have_text("Live on.")
    expect(again.locator(".nbstream")).to_have_count(1)

    url = tool_scenario(session, "code-ask", ("double", {"n": 21}))
    session.run("def double(n: int) -> int:\n    'Double a number.'\n    return 2 * n")
    asking = session.notebook.run(f"ask({url!r}, tools=[double], approve='ask')")
    card(asking, "double").get_by_role("button", name="Run", exact=True).click()
    session.notebook.wait_for_end(asking)
    assert [result["content"] for result in results(session, "code-ask")] == ["42"]
    # The text has taken the place of the view.
    expect(asking.locator(".jp-RenderedMarkdown")).to_contain_text("That is all.")
    expect(asking.locator(".nbstream")).to_have_count(0)

    stopped, _ = session.start_reply(session.claude.url("code-stop", text=["word "] * 5000), "idle")
    session.wait_for_deltas("code-stop", 20)
    stop_button(stopped).click()
    expect(stopped.locator(".jp-RenderedMarkdown")).to_contain_text("word")

    session.page.evaluate(SAVE)
    saved = json.loads(session.notebook.path.read_text())
    [outputs] = [cell["outputs"] for cell in saved["cells"] if "code-ask" in "".join(cell["source"])]
    assert [set(output["data"]) for output in outputs] == [{"text/markdown", "text/plain"}]
    assert "That is all." in "".join(outputs[0]["data"]["text/markdown"])
    [later] = [cell["outputs"] for cell in saved["cells"] if "code-later" in "".join(cell["source"])]
    assert "And *so* on." in "".join(later[0]["data"]["text/markdown"])
    assert session.page.evaluate(DUMMY_CELLS) == cells
