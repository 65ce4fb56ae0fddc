import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript } from "../../src/core/transcript.ts";
import { createSaver, notebookManagerOf } from "../../src/jupyterlab/host.ts";
import type { WriteChats } from "../../src/lazy/loader.ts";
import writeChats from "../../src/lazy/save.ts";
import { FakeModel, QUESTION } from "../fakes.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";

type Output = { output_type: string; data: Record<string, unknown>; metadata: object };

function view(id: string, more: object = {}): Output {
  const metadata = { nbstream: { chat: id } };
  return { output_type: "display_data", data: { [VIEW]: { model_id: id }, ...more }, metadata };
}

function text(id: string, markdown: unknown): Output {
  return {
    output_type: "display_data",
    data: { "text/markdown": markdown },
    metadata: { nbstream: { chat: id } },
  };
}

class FakeCell {
  trusted = true;
  readonly id: string;
  readonly list: Output[];

  constructor(id: string, list: Output[]) {
    this.id = id;
    this.list = list;
  }

  get outputs() {
    const { list } = this;
    return {
      length: list.length,
      get: (index: number) => ({ toJSON: () => list[index] as Output }),
      set: (index: number, output: Output) => {
        list[index] = output;
      },
      add: (output: Output) => list.push(output),
    };
  }
}

class FakeSignal {
  readonly slots = new Set<(sender: unknown, state: string) => void>();
  connect(slot: (sender: unknown, state: string) => void) {
    this.slots.add(slot);
  }
  disconnect(slot: (sender: unknown, state: string) => void) {
    this.slots.delete(slot);
  }
  emit(state = "") {
    for (const slot of this.slots) slot(this, state);
  }
}

class FakeNotebook {
  dirty = false;
  collaborative = false;
  readonly list: FakeCell[];

  constructor(list: FakeCell[]) {
    this.list = list;
  }

  get cells() {
    return { length: this.list.length, get: (index: number) => this.list[index] as FakeCell };
  }

  toJSON(): { cells: { outputs: Output[] }[] } {
    return { cells: this.list.map((cell) => ({ outputs: [...cell.list] })) };
  }
}

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
});

afterEach(() => life.abort());

async function track(
  cells: FakeCell[],
  models: Record<string, FakeModel & { comm_live?: boolean }> = {},
  fetch: () => Promise<WriteChats | undefined> = async () => writeChats,
) {
  const notebook = new FakeNotebook(cells);
  const manager = {
    context: {
      path: "a.ipynb",
      model: notebook,
      fileChanged: new FakeSignal(),
      saveState: new FakeSignal(),
      save: vi.fn(async () => {}),
    },
    kernel: { requestCommInfo: async () => ({ content: { comms: models } }) },
    restoredStatus: true,
    restored: new FakeSignal(),
    has_model: (id: string) => id in models,
    get_model: async (id: string) => models[id],
  };
  const own = new FakeModel();
  own.widget_manager = manager;
  const open = vi.fn();
  const saver = createSaver(notebookManagerOf(own.asModel), open, fetch, life.signal);
  await Promise.resolve();
  return { notebook, manager, saver, open };
}

function transcriptWith(...ops: Op[]): Transcript {
  const transcript = newTranscript();
  apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops: [...QUESTION, ...ops] }, 0);
  return transcript;
}

const HELLO: Op[] = [
  { op: "block", type: "text" },
  { op: "text", text: "Hello <b>" },
  { op: "reply", status: "done" },
];
const WRITTEN = { "text/markdown": "Hello &lt;b>", "text/plain": "Hello <b>" };

test("the file gets the conversation in place of the view, and the live output keeps the view", async () => {
  const live = view("a", { "text/markdown": "old" });
  const cell = new FakeCell("c", [live]);
  const { notebook, saver } = await track([cell]);
  saver?.track("a", transcriptWith(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([{ ...text("a", ""), data: WRITTEN }]);
  expect(cell.list).toEqual([live]);
});

test("the file gets a long text in parts of whole lines that take little more room than the text", async () => {
  const lines = Array.from({ length: 300 }, (_, n) => (n % 3 ? `line ${n}\n` : "\n"));
  const { notebook, saver } = await track([new FakeCell("c", [view("a")])]);
  const op = { op: "text", text: `# Begin\n${lines.join("")}${"x".repeat(1_000)}` } as const;
  saver?.track("a", transcriptWith({ op: "block", type: "text" }, op, { op: "reply", status: "done" }));
  const parts = notebook.toJSON().cells[0]?.outputs[0]?.data["text/markdown"] as string[];
  expect(parts.join("")).toBe(op.text);
  expect(parts.slice(0, -1).filter((part) => !part.endsWith("\n"))).toEqual([]);
  expect(parts.slice(0, -1).filter((part) => part.length < 400)).toEqual([]);
  expect(JSON.stringify(parts, null, 8).length).toBeLessThan(1.05 * JSON.stringify(op.text).length);
});

test("a chat that the page does not know keeps the text of its output", async () => {
  const { notebook } = await track([new FakeCell("c", [view("a", { "text/markdown": "old" })])]);
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([text("a", "old")]);
});

test("a chat that is shown twice is saved once", async () => {
  const { notebook, saver } = await track([new FakeCell("c", [view("a")]), new FakeCell("d", [view("a")])]);
  saver?.track("a", transcriptWith(...HELLO));
  expect(notebook.toJSON().cells[1]?.outputs[0]?.data["text/markdown"]).toContain("above");
});

test("other widgets and other outputs are left alone", async () => {
  const other = { output_type: "display_data", data: { [VIEW]: { model_id: "x" } }, metadata: {} };
  const stream = { output_type: "stream", data: {}, metadata: {} };
  const { notebook } = await track([new FakeCell("c", [other, stream])]);
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([other, stream]);
});

test("an error of ours does not prevent the notebook from being saved", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { notebook, saver } = await track([new FakeCell("c", [view("a")])]);
  saver?.track("a", { ...newTranscript(), turns: [null as never] });
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([view("a")]);
  expect(warn).toHaveBeenCalled();
  warn.mockRestore();
});

test("the end of an answer changes the notebook once", async () => {
  const { notebook, saver } = await track([new FakeCell("c", [view("a")])]);
  saver?.track("a", transcriptWith(...HELLO));
  saver?.replyEnded("a");
  expect(notebook.dirty).toBe(true);
  notebook.toJSON();
  notebook.dirty = false;
  saver?.replyEnded("a");
  expect(notebook.dirty).toBe(false);
});

function living(id: string, cell = ""): FakeModel & { comm_live?: boolean } {
  return Object.assign(new FakeModel({ _chat: id, _cell: cell }), { comm_live: true });
}

test("a live chat comes back where the file has its text, and the notebook is not changed by it", async () => {
  const cell = new FakeCell("c", [text("a", ["Hello ", "&lt;b>"]), text("dead", "stays")]);
  const { notebook, saver, open } = await track([cell], { a: living("a") });
  await expect.poll(() => open).toHaveBeenCalledOnce();
  expect(cell.list[0]?.data).toHaveProperty([VIEW, "model_id"], "a");
  expect(cell.list[1]).toEqual(text("dead", "stays"));
  saver?.track("a", transcriptWith(...HELLO));
  saver?.replyEnded("a");
  expect(notebook.dirty).toBe(false);
});

test("until the page has as much text as the file, the file keeps its own", async () => {
  const { notebook, saver, open } = await track([new FakeCell("c", [text("a", "Hello, much more")])], {
    a: living("a"),
  });
  await expect.poll(() => open).toHaveBeenCalledOnce();
  saver?.track("a", transcriptWith(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data["text/markdown"]).toBe("Hello, much more");
});

test.each(["dead", "untrusted"])("a chat that is %s stays text", async (how) => {
  const model = living("a");
  const cell = new FakeCell("c", [text("a", "Hello")]);
  if (how === "dead") model.comm_live = false;
  else cell.trusted = false;
  const { open } = await track([cell], { a: model, probe: living("probe", "p") });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(cell.list).toEqual([text("a", "Hello")]);
  expect(open).not.toHaveBeenCalled();
});

test("a chat that the file lacks comes back under its cell when the page is loaded", async () => {
  const cell = new FakeCell("c", []);
  cell.trusted = false;
  const { manager, open } = await track([cell], { a: living("a", "c") });
  await expect.poll(() => open).toHaveBeenCalledOnce();
  expect(cell.list[0]?.data).toHaveProperty([VIEW, "model_id"], "a");
  expect(cell.trusted).toBe(true);
  // The user clears the output, and the connection is restored.
  cell.list.length = 0;
  manager.restored.emit();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(cell.list).toEqual([]);
});

test("a notebook that is read from the disk again shows its live chats", async () => {
  const cell = new FakeCell("c", [text("a", "Hello")]);
  const { manager, open } = await track([cell], { a: living("a") });
  await expect.poll(() => open).toHaveBeenCalledOnce();
  cell.list[0] = text("a", "Hello");
  manager.context.fileChanged.emit();
  await expect.poll(() => cell.list[0]?.data).toHaveProperty([VIEW]);
});

test.each([
  ["is no notebook", {}],
  [
    "is written by the server",
    { context: { model: { cells: [], toJSON() {}, collaborative: true } }, restored: {} },
  ],
])("no saver is made for a notebook that %s", (_, manager) => {
  const own = new FakeModel();
  own.widget_manager = manager;
  expect(
    createSaver(
      notebookManagerOf(own.asModel),
      () => {},
      async () => writeChats,
      life.signal,
    ),
  ).toBe(undefined);
});

test("after the signal has aborted the notebook is as before", async () => {
  const { notebook, manager } = await track([new FakeCell("c", [view("a")])]);
  life.abort();
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([view("a")]);
  expect(manager.restored.slots.size + manager.context.fileChanged.slots.size).toBe(0);
});

const ROW = { nbstream: { chat: "row", row: { a: "one", b: "two" } } };

test("chats side by side are saved each under its name, and shown again in their row", async () => {
  const live = { ...view("row", { "text/markdown": "old" }), metadata: ROW };
  const cell = new FakeCell("c", [live]);
  const { notebook, saver } = await track([cell]);
  saver?.track("a", transcriptWith(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data["text/markdown"]).toBe("old");
  saver?.track("b", transcriptWith(...HELLO));
  const [saved] = notebook.toJSON().cells[0]?.outputs ?? [];
  expect(saved?.data["text/markdown"]).toBe("**one**\n\nHello &lt;b>\n\n**two**\n\nHello &lt;b>");
  expect(saved?.metadata).toEqual(ROW);

  const models = { row: new FakeModel(), a: new FakeModel({ _chat: "a" }), b: new FakeModel({ _chat: "b" }) };
  const again = new FakeCell("c", [saved as Output]);
  const { open } = await track([again], models);
  await expect.poll(() => open).toHaveBeenCalledTimes(2);
  expect(open.mock.calls.map(([model]) => model)).toEqual([models.a, models.b]);
  expect(again.list[0]?.data[VIEW]).toMatchObject({ model_id: "row" });
  expect(again.list[0]?.metadata).toEqual(ROW);
});

test("a container that holds chats is saved as their text, and other containers as they are", async () => {
  const chat = { model_id: "a", get: () => "a", attributes: {} };
  const box = (children: unknown[]) => ({ model_id: "", get: () => undefined, attributes: { children } });
  const models = {
    box: box([{ model_id: "x", get: () => undefined, attributes: {} }, chat]),
    other: box([]),
  };
  const cell = new FakeCell("c", [view("box"), view("other"), view("gone")]);
  for (const output of cell.list) output.metadata = {};
  const { notebook, saver } = await track([cell], models as never);
  saver?.track("a", transcriptWith(...HELLO));
  await expect.poll(() => notebook.dirty).toBe(true);
  const [saved, other, gone] = notebook.toJSON().cells[0]?.outputs ?? [];
  expect(saved?.data).toEqual(WRITTEN);
  expect(saved?.metadata).toEqual({ nbstream: { chat: "box", row: { a: "" } } });
  expect([other, gone]).toEqual(cell.list.slice(1));
});

test("a malformed row is an output like any other", async () => {
  for (const row of [null, 7, "a", []]) {
    const odd = { ...view("a", { "text/markdown": "old" }), metadata: { nbstream: { chat: "a", row } } };
    const { notebook, saver } = await track([new FakeCell("c", [odd])]);
    saver?.track("a", transcriptWith(...HELLO));
    expect(notebook.toJSON().cells[0]?.outputs[0]?.data).toEqual(WRITTEN);
  }
});

test("a save that came before the writer is repeated once the writer has come", async () => {
  let deliver = (_: WriteChats | undefined) => {};
  const part = new Promise<WriteChats | undefined>((resolve) => {
    deliver = resolve;
  });
  const { notebook, manager, saver } = await track(
    [new FakeCell("c", [view("a", { "text/markdown": "old" })])],
    {},
    () => part,
  );
  saver?.track("a", transcriptWith(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data).toEqual({ "text/markdown": "old" });
  expect(notebook.dirty).toBe(false);
  deliver(writeChats);
  await part;
  expect(notebook.dirty).toBe(true);
  expect(manager.context.save).toHaveBeenCalledOnce();
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data).toEqual(WRITTEN);
});

test("a save is repeated only after its end, since the server would mix two in the file", async () => {
  let deliver = (_: WriteChats | undefined) => {};
  const part = new Promise<WriteChats | undefined>((resolve) => {
    deliver = resolve;
  });
  const { notebook, manager, saver } = await track([new FakeCell("c", [view("a")])], {}, () => part);
  const { save, saveState } = manager.context;
  saver?.track("a", transcriptWith(...HELLO));
  saveState.emit("started");
  notebook.toJSON();
  deliver(writeChats);
  await part;
  expect(save).not.toHaveBeenCalled();
  saveState.emit("failed");
  expect(save).not.toHaveBeenCalled();
  for (const state of ["started", "completed", "started", "completed"]) saveState.emit(state);
  expect(save).toHaveBeenCalledOnce();
  life.abort();
  expect(saveState.slots.size).toBe(0);
});

test("after a restart, the saver of the new kernel writes the chats that the old one does not know", async () => {
  const { notebook, saver, manager } = await track([
    new FakeCell("c", [view("old")]),
    new FakeCell("d", [view("new")]),
  ]);
  saver?.track("old", transcriptWith(...HELLO));
  saver?.track("moved", transcriptWith());
  saver?.forget("moved");
  const own = new FakeModel();
  own.widget_manager = manager;
  const second = createSaver(notebookManagerOf(own.asModel), vi.fn(), async () => writeChats, life.signal);
  await Promise.resolve();
  second?.track("new", transcriptWith(...HELLO));
  second?.track("moved", transcriptWith(...HELLO));
  notebook.list.push(new FakeCell("e", [view("moved")]));
  const saved = notebook.toJSON().cells.map(({ outputs }) => outputs[0]?.data);
  expect(saved).toEqual([WRITTEN, WRITTEN, WRITTEN]);
});
