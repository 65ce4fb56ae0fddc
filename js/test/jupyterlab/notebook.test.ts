import { afterEach, beforeEach, expect, test } from "vitest";
import { notebookManagerOf } from "../../src/jupyterlab/host.ts";
import {
  codeInserter,
  outputsOf,
  VIEW_MIME_TYPE,
  viewedModelId,
  type WidgetManager,
} from "../../src/jupyterlab/notebook.ts";
import { animationFrames, FakeModel } from "../fakes.ts";

let page: HTMLElement;

beforeEach(() => {
  page = document.createElement("div");
  document.body.append(page);
});

afterEach(() => page.remove());

/** A notebook whose cells show these chats, with its cells on the page, numbered in order. */
function notebook(...cells: string[][]) {
  const home = page;
  const inserted: { index: number; cell: object }[] = [];
  const list = cells.map((ids, at) => ({
    id: `cell ${at}`,
    trusted: true,
    outputs: {
      length: ids.length,
      get: (index: number) => ({
        toJSON: () => ({ output_type: "display_data", data: { [VIEW_MIME_TYPE]: { model_id: ids[index] } } }),
      }),
      set() {},
      add() {},
    },
  }));
  const drawn = (at: number | string) => {
    const cell = document.createElement("div");
    cell.className = "jp-Cell";
    cell.dataset.windowedListIndex = String(at);
    const editor = cell.appendChild(document.createElement("div"));
    editor.className = "cm-content";
    editor.tabIndex = 0;
    cell.append(document.createElement("p"));
    return cell;
  };
  const nodes = list.map((_, at) => page.appendChild(drawn(at)));
  const shared = {
    insertCell(index: number, cell: object) {
      inserted.push({ index, cell });
      // JupyterLab does this when it draws only the cells in sight.
      requestAnimationFrame(() => home.insertBefore(drawn("new"), home.children[index] ?? null));
    },
  };
  const model = {
    dirty: false,
    readOnly: false,
    cells: { length: list.length, get: (index: number) => list[index] as (typeof list)[0] },
    sharedModel: shared as object,
    toJSON: () => ({ cells: [] }),
  };
  const own = new FakeModel();
  own.widget_manager = { context: { path: "a.ipynb", model } };
  const host = notebookManagerOf(own.asModel) as WidgetManager;
  const insert = (at: number, code = "x = 1") =>
    codeInserter(host, "a", nodes[at]?.lastChild as Element)?.(code);
  return { model, host, nodes, inserted, insert };
}

function cell(source: string): object {
  return { cell_type: "code", source, metadata: { trusted: true } };
}

test("code goes unchanged into a new cell below the one that shows the chat, and the new cell gets the focus", async () => {
  const { insert, inserted } = notebook([], ["b", "a"], ["b"]);
  const code = "x = '\\u202e'\n\n\tif x:  \n";
  insert(1, code);
  expect(inserted).toEqual([{ index: 2, cell: cell(code) }]);
  await expect.poll(() => document.activeElement?.parentElement?.dataset.windowedListIndex).toBe("new");
});

test("of several cells that show the chat, the one with the button counts", () => {
  const { insert, inserted } = notebook(["a"], [], ["a"]);
  insert(0);
  insert(2);
  expect(inserted.map(({ index }) => index)).toEqual([1, 3]);
});

test("if the page's cell numbers are wrong, the cell is found by the chat that it shows", () => {
  const { insert, inserted, nodes } = notebook(["b"], ["a"], []);
  nodes[1]?.setAttribute("data-windowed-list-index", "0");
  insert(1);
  expect(inserted[0]?.index).toBe(2);
});

test("code of a chat inside another widget goes below its cell on the page; code of one beside the notebook goes to the end", () => {
  const { insert, inserted, host } = notebook(["box"], ["b"]);
  insert(0);
  codeInserter(host, "a", page)?.("y");
  expect(inserted.map(({ index }) => index)).toEqual([1, 2]);
});

test("a cell that is never drawn takes no focus", async () => {
  const { insert, model, nodes } = notebook(["a"], []);
  model.sharedModel = { insertCell() {} };
  nodes[0]?.querySelector<HTMLElement>(".cm-content")?.focus();
  const focused = document.activeElement;
  insert(0);
  await animationFrames(40);
  expect(document.activeElement).toBe(focused);
  // A cell that is drawn there later was not inserted by us.
  nodes[0]?.after(nodes[0].cloneNode(true));
  await animationFrames();
  expect(document.activeElement).toBe(focused);
});

test("no insertion is offered if the notebook cannot be changed or reached", () => {
  const { model, host } = notebook(["a"]);
  expect(codeInserter(host, "a", page)).toBeTypeOf("function");
  model.readOnly = true;
  expect(codeInserter(host, "a", page)).toBe(undefined);
  model.readOnly = false;
  model.sharedModel = {};
  expect(codeInserter(host, "a", page)).toBe(undefined);
  expect(codeInserter(undefined, "a", page)).toBe(undefined);
});

test("a cell without outputs has none, and an output without a view shows no model", () => {
  expect(outputsOf({ id: "c", trusted: true })).toEqual([]);
  expect(viewedModelId({ output_type: "stream" })).toBe(undefined);
});
