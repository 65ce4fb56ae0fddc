import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript } from "../../src/core/transcript.ts";
import { notebookManagerOf } from "../../src/jupyterlab/notebook.ts";
import { NotebookSaver } from "../../src/jupyterlab/notebook-saver.ts";
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
  readonly slots = new Set<() => void>();
  connect(slot: () => void) {
    this.slots.add(slot);
  }
  disconnect(slot: () => void) {
    this.slots.delete(slot);
  }
  emit() {
    for (const slot of this.slots) slot();
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

async function keep(
  cells: FakeCell[],
  models: Record<string, FakeModel & { comm_live?: boolean }> = {},
  fetch: () => Promise<WriteChats | undefined> = async () => writeChats,
) {
  const notebook = new FakeNotebook(cells);
  const host = {
    context: { model: notebook, fileChanged: new FakeSignal(), save: vi.fn(async () => {}) },
    kernel: { requestCommInfo: async () => ({ content: { comms: models } }) },
    restoredStatus: true,
    restored: new FakeSignal(),
    has_model: (id: string) => id in models,
    get_model: async (id: string) => models[id],
  };
  const own = new FakeModel();
  own.widget_manager = host;
  const open = vi.fn();
  const keeper = NotebookSaver.create(notebookManagerOf(own.asModel), open, fetch, life.signal);
  await Promise.resolve();
  return { notebook, host, keeper, open };
}

function told(...ops: Op[]): Transcript {
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

test("the file gets what was said in the view's place, and the live output keeps the view", async () => {
  const live = view("a", { "text/markdown": "old" });
  const cell = new FakeCell("c", [live]);
  const { notebook, keeper } = await keep([cell]);
  keeper?.track("a", told(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([{ ...text("a", ""), data: WRITTEN }]);
  expect(cell.list).toEqual([live]);
});

test("a chat of which the page knows nothing keeps its bundle's text", async () => {
  const { notebook } = await keep([new FakeCell("c", [view("a", { "text/markdown": "old" })])]);
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([text("a", "old")]);
});

test("a chat that is shown twice is written once", async () => {
  const { notebook, keeper } = await keep([new FakeCell("c", [view("a")]), new FakeCell("d", [view("a")])]);
  keeper?.track("a", told(...HELLO));
  expect(notebook.toJSON().cells[1]?.outputs[0]?.data["text/markdown"]).toContain("above");
});

test("other widgets and other outputs are left alone", async () => {
  const other = { output_type: "display_data", data: { [VIEW]: { model_id: "x" } }, metadata: {} };
  const stream = { output_type: "stream", data: {}, metadata: {} };
  const { notebook } = await keep([new FakeCell("c", [other, stream])]);
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([other, stream]);
});

test("what goes wrong with us costs nobody the notebook", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { notebook, keeper } = await keep([new FakeCell("c", [view("a")])]);
  keeper?.track("a", { ...newTranscript(), turns: [null as never] });
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([view("a")]);
  expect(warn).toHaveBeenCalled();
  warn.mockRestore();
});

test("an answer's end is a change, once", async () => {
  const { notebook, keeper } = await keep([new FakeCell("c", [view("a")])]);
  keeper?.track("a", told(...HELLO));
  keeper?.replyEnded("a");
  expect(notebook.dirty).toBe(true);
  notebook.toJSON();
  notebook.dirty = false;
  keeper?.replyEnded("a");
  expect(notebook.dirty).toBe(false);
});

function living(id: string, cell = ""): FakeModel & { comm_live?: boolean } {
  return Object.assign(new FakeModel({ _chat: id, _cell: cell }), { comm_live: true });
}

test("a living chat comes back where the file has its text, and nothing has changed by it", async () => {
  const cell = new FakeCell("c", [text("a", ["Hello ", "&lt;b>"]), text("dead", "stays")]);
  const { notebook, keeper, open } = await keep([cell], { a: living("a") });
  await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
  expect(cell.list[0]?.data).toHaveProperty([VIEW, "model_id"], "a");
  expect(cell.list[1]).toEqual(text("dead", "stays"));
  keeper?.track("a", told(...HELLO));
  keeper?.replyEnded("a");
  expect(notebook.dirty).toBe(false);
});

test("until the page knows as much as the file, the file keeps what it has", async () => {
  const { notebook, keeper, open } = await keep([new FakeCell("c", [text("a", "Hello, much more")])], {
    a: living("a"),
  });
  await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
  keeper?.track("a", told(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data["text/markdown"]).toBe("Hello, much more");
});

test.each(["dead", "untrusted"])("a chat that is %s stays text", async (how) => {
  const model = living("a");
  const cell = new FakeCell("c", [text("a", "Hello")]);
  if (how === "dead") model.comm_live = false;
  else cell.trusted = false;
  const { open } = await keep([cell], { a: model, probe: living("probe", "p") });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(cell.list).toEqual([text("a", "Hello")]);
  expect(open).not.toHaveBeenCalled();
});

test("a chat that the file does not have comes back under its cell, when the page is loaded", async () => {
  const cell = new FakeCell("c", []);
  cell.trusted = false;
  const { host, open } = await keep([cell], { a: living("a", "c") });
  await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
  expect(cell.list[0]?.data).toHaveProperty([VIEW, "model_id"], "a");
  expect(cell.trusted).toBe(true);
  // The reader clears it, and the connection is restored.
  cell.list.length = 0;
  host.restored.emit();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(cell.list).toEqual([]);
});

test("a notebook read from the disk again shows its living chats", async () => {
  const cell = new FakeCell("c", [text("a", "Hello")]);
  const { host, open } = await keep([cell], { a: living("a") });
  await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
  cell.list[0] = text("a", "Hello");
  host.context.fileChanged.emit();
  await vi.waitFor(() => expect(cell.list[0]?.data).toHaveProperty([VIEW]));
});

test.each([
  ["is no notebook", {}],
  [
    "is written by the server",
    { context: { model: { cells: [], toJSON() {}, collaborative: true } }, restored: {} },
  ],
])("there is nothing to keep where it %s", (_, manager) => {
  const own = new FakeModel();
  own.widget_manager = manager;
  expect(
    NotebookSaver.create(
      notebookManagerOf(own.asModel),
      () => {},
      async () => writeChats,
      life.signal,
    ),
  ).toBe(undefined);
});

test("its end leaves the notebook as it found it", async () => {
  const { notebook, host } = await keep([new FakeCell("c", [view("a")])]);
  life.abort();
  expect(notebook.toJSON().cells[0]?.outputs).toEqual([view("a")]);
  expect(host.restored.slots.size + host.context.fileChanged.slots.size).toBe(0);
});

const ROW = { nbstream: { chat: "row", row: { a: "one", b: "two" } } };

test("chats side by side are written each under its name, and shown again in their row", async () => {
  const live = { ...view("row", { "text/markdown": "old" }), metadata: ROW };
  const cell = new FakeCell("c", [live]);
  const { notebook, keeper } = await keep([cell]);
  keeper?.track("a", told(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data["text/markdown"]).toBe("old");
  keeper?.track("b", told(...HELLO));
  const [saved] = notebook.toJSON().cells[0]?.outputs ?? [];
  expect(saved?.data["text/markdown"]).toBe("**one**\n\nHello &lt;b>\n\n**two**\n\nHello &lt;b>");
  expect(saved?.metadata).toEqual(ROW);

  const models = { row: new FakeModel(), a: new FakeModel({ _chat: "a" }), b: new FakeModel({ _chat: "b" }) };
  const again = new FakeCell("c", [saved as Output]);
  const { open } = await keep([again], models);
  await vi.waitFor(() => expect(open).toHaveBeenCalledTimes(2));
  expect(open.mock.calls.map(([model]) => model)).toEqual([models.a, models.b]);
  expect(again.list[0]?.data[VIEW]).toMatchObject({ model_id: "row" });
  expect(again.list[0]?.metadata).toEqual(ROW);
});

test("a row that is none is an output like any other", async () => {
  for (const row of [null, 7, "a", []]) {
    const odd = { ...view("a", { "text/markdown": "old" }), metadata: { nbstream: { chat: "a", row } } };
    const { notebook, keeper } = await keep([new FakeCell("c", [odd])]);
    keeper?.track("a", told(...HELLO));
    expect(notebook.toJSON().cells[0]?.outputs[0]?.data).toEqual(WRITTEN);
  }
});

test("what was saved before the page could write is saved again as soon as it can", async () => {
  let deliver = (_: WriteChats | undefined) => {};
  const part = new Promise<WriteChats | undefined>((resolve) => {
    deliver = resolve;
  });
  const { notebook, host, keeper } = await keep(
    [new FakeCell("c", [view("a", { "text/markdown": "old" })])],
    {},
    () => part,
  );
  keeper?.track("a", told(...HELLO));
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data).toEqual({ "text/markdown": "old" });
  expect(notebook.dirty).toBe(false);
  deliver(writeChats);
  await part;
  expect(notebook.dirty).toBe(true);
  expect(host.context.save).toHaveBeenCalledOnce();
  expect(notebook.toJSON().cells[0]?.outputs[0]?.data).toEqual(WRITTEN);
});
