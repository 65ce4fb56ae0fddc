import { afterEach, expect, test, vi } from "vitest";
import { apply, newTranscript } from "../../src/core/transcript.ts";
import { createSaver, notebookManagerOf } from "../../src/jupyterlab/host.ts";
import { codeInserter, type Output } from "../../src/jupyterlab/notebook.ts";
import writeChats from "../../src/lazy/save.ts";
import { FakeModel, QUESTION } from "../fakes.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";

const view = (id: string): Output => ({
  output_type: "display_data",
  data: { [VIEW]: { model_id: id } },
  metadata: { nbstream: { chat: id } },
});
const text = (id: string, markdown: string): Output => ({
  output_type: "display_data",
  data: { "text/markdown": markdown },
  metadata: { nbstream: { chat: id } },
});

class FakeCell {
  source = "";
  readonly output_area: { outputs: Output[]; trusted: boolean } | undefined;

  constructor(outputs?: Output[]) {
    this.output_area = outputs && { outputs, trusted: true };
  }

  set_text(source: string) {
    this.source = source;
  }
}

/** A notebook as nbclassic makes it: sealed, with its methods on the class. */
class FakeNotebook {
  /** As jQuery has them: a name has a namespace, which the event's type has not. */
  events = {
    handlers: new Map<string, (event: { type: string }) => void>(),
    on(names: string, handler: (event: { type: string }) => void) {
      for (const name of names.split(" ")) this.handlers.set(name, handler);
    },
    trigger(name: string) {
      this.handlers.get(name)?.({ type: name.replace(/\..*/, "") });
    },
  };
  notebook_path = "a.ipynb";
  dirty = false;
  writable = true;
  cells: FakeCell[];
  rendered: FakeCell[] = [];

  constructor(cells: FakeCell[]) {
    this.cells = cells;
    Object.seal(this);
  }

  get_cells() {
    return this.cells;
  }

  insert_cell_at_index(_: string, index: number) {
    const cell = new FakeCell([]);
    this.cells.splice(index, 0, cell);
    return cell;
  }

  render_cell_output(cell: FakeCell) {
    this.rendered.push(cell);
  }

  set_dirty(value: boolean) {
    this.dirty = value;
  }

  save_notebook = vi.fn(async () => {});

  toJSON() {
    return { cells: this.cells.map((cell) => ({ outputs: cell.output_area?.outputs ?? [] })) };
  }
}

const toJSON = FakeNotebook.prototype.toJSON;
let life = new AbortController();

afterEach(() => {
  life.abort();
  life = new AbortController();
  FakeNotebook.prototype.toJSON = toJSON;
});

function page(
  cells: FakeCell[],
  models: Record<string, FakeModel> = {},
  fetch: () => Promise<typeof writeChats> = async () => writeChats,
) {
  const notebook = new FakeNotebook(cells);
  const own = new FakeModel();
  own.widget_manager = {
    notebook,
    _get_comm_info: async () => models,
    has_model: (id: string) => id in models,
    get_model: async (id: string) => models[id],
  };
  const manager = notebookManagerOf(own.asModel);
  const open = vi.fn();
  const saver = createSaver(manager, open, fetch, life.signal);
  return { notebook, manager, saver, open };
}

test("the file gets the conversation in place of the view, and the page keeps the view", async () => {
  const cell = new FakeCell([view("a")]);
  const { notebook, saver } = page([new FakeCell(), cell]);
  await Promise.resolve();
  const transcript = newTranscript();
  saver?.track("a", transcript);
  const ops = [
    ...QUESTION,
    { op: "block", type: "text" },
    { op: "text", text: "Hello." },
    { op: "reply", status: "done" },
  ] as const;
  apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops: [...ops] }, 0);
  saver?.replyEnded("a");
  expect(notebook.dirty).toBe(true);
  const saved = notebook.toJSON().cells[1]?.outputs[0];
  expect(saved?.data?.["text/markdown"]).toBe("Hello.");
  expect(saved?.data).not.toHaveProperty([VIEW]);
  expect(cell.output_area?.outputs).toEqual([view("a")]);
});

test("a chat that the kernel still has is live again after a reload", async () => {
  const model = new FakeModel({ _chat: "a" });
  const cell = new FakeCell([text("a", "Hello.")]);
  const { notebook, open } = page([cell], { a: model });
  await expect.poll(() => notebook.rendered).toEqual([cell]);
  expect(cell.output_area?.outputs[0]?.data).toHaveProperty([VIEW]);
  expect(notebook.dirty).toBe(false);
  expect(open.mock.calls[0]?.[0]).toBe(model);
});

test("code is inserted below the cell of its chat, where the notebook can be written", () => {
  const { notebook, manager } = page([new FakeCell([view("a")]), new FakeCell([])]);
  codeInserter(manager, "a", document.createElement("div"))?.("1 + 1");
  expect(notebook.cells.map(({ source }) => source)).toEqual(["", "1 + 1", ""]);
  notebook.writable = false;
  expect(codeInserter(manager, "a", document.createElement("div"))).toBeUndefined();
});

test("a second saver takes over the notebook, and the first one's end leaves it in place", () => {
  const { notebook, manager } = page([new FakeCell([text("a", "Hello.")])]);
  const second = new AbortController();
  createSaver(manager, vi.fn(), async () => writeChats, second.signal);
  const outer = FakeNotebook.prototype.toJSON;
  life.abort();
  expect(FakeNotebook.prototype.toJSON).toBe(outer);
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([text("a", "Hello.")]);
  second.abort();
});

test("the save of a page that has no writer yet is repeated after its end", async () => {
  let deliver = (_: typeof writeChats) => {};
  const part = new Promise<typeof writeChats>((resolve) => {
    deliver = resolve;
  });
  const { notebook, saver } = page([new FakeCell([view("a")])], {}, () => part);
  saver?.track("a", newTranscript());
  notebook.events.trigger("before_save.Notebook");
  notebook.toJSON();
  deliver(writeChats);
  await part;
  expect(notebook.save_notebook).not.toHaveBeenCalled();
  notebook.events.trigger("notebook_saved.Notebook");
  expect(notebook.save_notebook).toHaveBeenCalledOnce();
});
