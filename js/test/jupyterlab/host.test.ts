import { expect, test, vi } from "vitest";
import { createSaver, notebookManagerOf } from "../../src/jupyterlab/host.ts";
import { NotebookSaver } from "../../src/jupyterlab/notebook-saver.ts";
import { SharedSaver } from "../../src/jupyterlab/shared-saver.ts";
import { FakeModel } from "../fakes.ts";

test.each([{}, { context: {} }, { context: { path: "a.ipynb", model: { cells: [] } } }])(
  "%j is not a notebook's widget manager",
  (manager) => {
    const own = new FakeModel();
    own.widget_manager = manager;
    expect(notebookManagerOf(own.asModel)).toBe(undefined);
  },
);

test("the empty notebook that VS Code gives its widget manager is no notebook", () => {
  // After src/documentContext.ts and src/manager.ts of microsoft/vscode-jupyter-ipywidgets: a NotebookModel of
  // JupyterLab, in a context that declares `path` and never sets it.
  const model = {
    cells: { length: 0, get() {} },
    sharedModel: { insertCell() {} },
    toJSON: () => ({ cells: [] }),
  };
  const own = new FakeModel();
  own.widget_manager = { context: { path: undefined, model }, restored: {}, restoredStatus: false };
  expect(notebookManagerOf(own.asModel)).toBe(undefined);
});

test.each([
  [false, NotebookSaver],
  [true, SharedSaver],
])("the page or the server writes the file: collaborative is %s", (collaborative, Saver) => {
  const signal = { connect() {}, disconnect() {} };
  const model = { collaborative, cells: { length: 0, get() {} }, toJSON: () => ({ cells: [] }) };
  const own = new FakeModel();
  own.widget_manager = { context: { path: "a.ipynb", model }, restored: signal };
  const manager = notebookManagerOf(own.asModel);
  const saver = createSaver(manager, vi.fn(), async () => undefined, new AbortController().signal);
  expect(saver).toBeInstanceOf(Saver);
});
