"""A page whose widgets have VS Code's context; VS Code itself needs a desktop.

The context follows `src/documentContext.ts` and `src/manager.ts` of microsoft/vscode-jupyter-ipywidgets: an empty
notebook model that no file is written from, no path, methods that throw, and no restoration. The rest follows
`src/` of microsoft/vscode-jupyter. The kernel object has a control channel there too
(`webviews/webview-side/ipywidgets/kernel/kernel.ts`). A cell's id is the address of its document
(`kernels/execution/cellExecution.ts`). An update of an output with the same view leaves the view as it is
(`renderIPyWidget` in `webviews/webview-side/ipywidgets/kernel/index.ts`).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from browser.lab import wait_until
from browser.lab_session import LabSession, answer, stop_button
from browser.test_saved import VIEW
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

  const { kernel, rendermime } = manager;
  const request = kernel.requestExecute.bind(kernel);
  kernel.requestExecute = (content, disposeOnDone, metadata) => request(content, disposeOnDone, metadata && {
    ...metadata, cellId: `vscode-notebook-cell:/notebook.ipynb#${metadata.cellId}`,
  });
  const mimeType = "application/vnd.jupyter.widget-view+json";
  const factory = rendermime.getFactory(mimeType);
  rendermime.addFactory({ ...factory, createRenderer: (options) => {
    const renderer = factory.createRenderer(options);
    const render = renderer.renderModel.bind(renderer);
    let rendered;
    renderer.renderModel = async (model) => {
      const { model_id } = model.data[mimeType];
      if (model_id !== rendered) await render(model);
      rendered = model_id;
    };
    return renderer;
  } }, 0);
}"""

DUMMY_CELLS = "() => window.dummy.toJSON().cells.length"

SAVE = "() => jupyterapp.commands.execute('docmanager:save')"


def emulate_vs_code(session: LabSession) -> None:
    """Give the widgets of a page of JupyterLab the surroundings that they have in VS Code."""
    session.run(FIND_MANAGER)
    session.page.wait_for_function("window.manager !== undefined")
    session.page.evaluate(GIVE_CONTEXT)


def outputs_of(session: LabSession, source: str) -> list[Any]:
    """Save the notebook, and return the outputs of the cell with this text."""
    session.page.evaluate(SAVE)
    cells = json.loads(session.notebook.path.read_text())["cells"]
    [outputs] = [cell["outputs"] for cell in cells if source in "".join(cell["source"])]
    return list(outputs)


def is_saved(session: LabSession, source: str, end: str) -> bool:
    """Return whether the file holds a chat that ends with this text beside its view; called until it does."""
    [output] = outputs_of(session, source)
    return "".join(output["data"]["text/markdown"]).endswith(end) and VIEW in output["data"]


@pytest.mark.own_kernel
def test_in_vs_code_every_answer_is_in_the_file_and_the_chat_stays_live(session: LabSession) -> None:
    emulate_vs_code(session)
    cells = session.page.evaluate(DUMMY_CELLS)
    code = "Try:\n\n```python\nx = 1\n```\n\nAnd *so* on."
    url = session.claude.url("code-later", text=code, rate=None, then="code-box")
    session.claude.url("code-box", text="Live *on*.", rate=None)
    cell = session.run(f"chat = ask({url!r}, wait=False)")
    expect(answer(cell).locator("pre")).to_contain_text("x = 1")
    expect(cell.get_by_title("Copy the code")).to_have_count(1)
    expect(cell.get_by_role("button", name="Insert", exact=True)).to_have_count(0)
    wait_until(lambda: is_saved(session, "code-later", "And *so* on."))
    box = cell.get_by_role("textbox", name="Message")
    box.fill("And?")
    box.press("Enter")
    # The file gets the text while the user is writing the next message.
    box.press_sequentially("Next")
    wait_until(lambda: is_saved(session, "code-later", "Live *on*."))
    expect(answer(cell).last).to_have_text("Live on.")
    expect(box).to_have_value("Next")
    expect(box).to_be_focused()
    expect(cell.locator(".nbstream")).to_have_count(1)

    stopped, _ = session.start_reply(session.claude.url("code-stop", text=["word "] * 5000), "idle")
    session.wait_for_deltas("code-stop", 20)
    stop_button(stopped).click()
    expect(stopped.get_by_role("status").first).to_contain_text("Stopped")
    wait_until(lambda: "word word" in str(outputs_of(session, "code-stop")))
    assert session.page.evaluate(DUMMY_CELLS) == cells


@pytest.mark.own_kernel
def test_in_vs_code_a_cell_asks_for_approval_and_a_late_child_of_a_box_is_seen_once(session: LabSession) -> None:
    emulate_vs_code(session)
    url = tool_scenario(session, "code-ask", ("double", {"n": 21}))
    session.run("def double(n: int) -> int:\n    'Double a number.'\n    return 2 * n")
    asking = session.notebook.run(f"ask({url!r}, tools=[double], approve='ask')")
    card(asking, "double").get_by_role("button", name="Run", exact=True).click()
    session.notebook.wait_for_end(asking)
    assert [result["content"] for result in results(session, "code-ask")] == ["42"]
    expect(asking.locator(".nbstream")).to_have_count(1)
    wait_until(lambda: is_saved(session, "code-ask", "That is all."))

    late = session.claude.url("code-late", text="In a *box*.", rate=None)
    code = f"import ipywidgets\nbox = ipywidgets.VBox()\ndisplay(box)\nbox.children = [ask({late!r}, wait=False)]"
    boxed = session.run(code)
    expect(boxed.locator(".jupyter-widgets .nbstream")).to_have_count(1)
    expect(boxed.locator(".nbstream")).to_have_count(1)
    expect(answer(boxed)).to_have_text("In a box.")
    wait_until(lambda: "In a *box*." in str(outputs_of(session, "code-late")[0]["data"]["text/markdown"]))
    assert [VIEW in output["data"] for output in outputs_of(session, "code-late")] == [True, False]
