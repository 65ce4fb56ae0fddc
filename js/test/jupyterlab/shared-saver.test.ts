import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript } from "../../src/core/transcript.ts";
import { createSaver, notebookManagerOf } from "../../src/jupyterlab/host.ts";
import type { Output } from "../../src/jupyterlab/notebook.ts";
import writeChats from "../../src/lazy/save.ts";
import { FakeModel, QUESTION } from "../fakes.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";
const WRITING = "*Claude is writing this answer.*";

function output(id: string, data: Record<string, unknown>): Output {
  return { output_type: "display_data", data, metadata: { nbstream: { chat: id } } };
}

const view = (id: string) => ({ version_major: 2, version_minor: 0, model_id: id });

/** One cell in the shared document and on one page, which has outputs of its own. */
class FakeCell {
  readonly id = "c";
  trusted = true;
  readonly own: Output[];
  readonly shared: Output[];
  writes = 0;

  constructor(own: Output[], shared: Output[] = own) {
    this.own = [...own];
    this.shared = [...shared];
  }

  get outputs() {
    const { own } = this;
    return {
      length: own.length,
      get: (index: number) => ({
        toJSON: () => own[index] as Output,
        setData: ({ data }: { data: Output["data"] }) => {
          own[index] = { ...own[index], data } as Output;
        },
      }),
    };
  }

  get sharedModel() {
    const { shared } = this;
    const set = (index: number) => (key: string, value: unknown) => {
      shared[index] = { ...shared[index], [key]: value } as Output;
    };
    return {
      getOutputs: () => structuredClone(shared),
      youtputs: { get: (index: number) => ({ set: set(index) }) },
      transact: (change: () => void, isUndoable: boolean, origin: string) => {
        expect([isUndoable, origin]).toEqual([false, "silent-change"]);
        this.writes += 1;
        change();
      },
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
}

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
  vi.useFakeTimers();
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

async function page(cells: FakeCell[], models: Record<string, FakeModel> = {}) {
  const contentChanged = new FakeSignal();
  const model = {
    collaborative: true,
    contentChanged,
    cells: {
      get length() {
        return cells.length;
      },
      get: (index: number) => cells[index],
    },
    toJSON: () => ({ cells: [] }),
  };
  const own = new FakeModel();
  own.widget_manager = {
    context: { path: "a.ipynb", model },
    restored: new FakeSignal(),
    has_model: (id: string) => id in models,
    get_model: async (id: string) => models[id],
  };
  const open = vi.fn();
  const saver = createSaver(notebookManagerOf(own.asModel), open, async () => writeChats, life.signal);
  await vi.advanceTimersByTimeAsync(500);
  const change = async () => {
    for (const slot of contentChanged.slots) slot();
    await vi.advanceTimersByTimeAsync(500);
  };
  return { saver, open, change };
}

function conversation() {
  const transcript = newTranscript();
  const add = (...ops: Op[]) => apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops }, 0);
  add(...QUESTION, { op: "block", type: "text" }, { op: "text", text: "Hello" });
  return { transcript, add };
}

test("the document gets the text of an ended answer, and the page that shows it live keeps the view", async () => {
  const live = output("a", { [VIEW]: view("a"), "text/markdown": WRITING });
  const cell = new FakeCell([live]);
  const { saver, change } = await page([cell]);
  const { transcript, add } = conversation();
  saver?.track("a", transcript);
  await change();
  expect(cell.shared).toEqual([output("a", { "text/markdown": WRITING })]);
  add({ op: "reply", status: "done" });
  saver?.replyEnded("a");
  expect(cell.shared).toEqual([output("a", { "text/markdown": "Hello", "text/plain": "Hello" })]);
  expect(cell.own).toEqual([live]);
  await change();
  expect(cell.writes).toBe(2);
});

test("a page that trusts the cell shows the chat of another page live, and leaves the document", async () => {
  const cell = new FakeCell([output("a", { "text/markdown": WRITING })]);
  await page([cell], { a: new FakeModel({ _chat: "a" }) });
  expect(cell.own).toEqual([output("a", { [VIEW]: view("a"), "text/markdown": WRITING })]);
  expect(cell.shared).toEqual([output("a", { "text/markdown": WRITING })]);
  expect(cell.writes).toBe(0);
});

test("a page that does not trust the cell listens to the chat and shows its text", async () => {
  const cell = new FakeCell([output("a", { "text/markdown": WRITING })]);
  cell.trusted = false;
  const cells = [cell];
  const model = new FakeModel({ _chat: "a" });
  const { saver, open, change } = await page(cells, { a: model });
  expect(open).toHaveBeenCalledOnce();
  const { transcript, add } = conversation();
  saver?.track("a", transcript);
  await change();
  expect(cell.own).toEqual([output("a", { "text/markdown": WRITING })]);
  add({ op: "reply", status: "done" });
  saver?.replyEnded("a");
  const ended = [output("a", { "text/markdown": "Hello", "text/plain": "Hello" })];
  expect([cell.own, cell.shared]).toEqual([ended, ended]);
  const signal: AbortSignal = open.mock.calls[0]?.[1];
  expect(signal.aborted).toBe(false);
  cells.pop();
  await change();
  expect([signal.aborted, open.mock.calls.length]).toEqual([true, 1]);
});

test("a chat that its kernel no longer has stays text", async () => {
  const cell = new FakeCell([output("a", { "text/markdown": "Hello" })]);
  const model = new FakeModel({ _chat: "a" });
  Object.assign(model, { comm_live: false });
  const { open } = await page([cell], { a: model });
  expect([cell.own, open.mock.calls]).toEqual([[output("a", { "text/markdown": "Hello" })], []]);
});

test("while the next reply is running, the document keeps the conversation before it", async () => {
  const cell = new FakeCell([output("a", { [VIEW]: view("a") })]);
  const { saver, change } = await page([cell]);
  const { transcript, add } = conversation();
  add({ op: "reply", status: "done" });
  saver?.track("a", transcript);
  await change();
  expect(cell.shared[0]?.data?.["text/markdown"]).toBe("Hello");
  add({ op: "turn", id: "u2", role: "user" }, { op: "block", type: "text" }, { op: "text", text: "More" });
  add({ op: "turn", id: "a2", role: "assistant" }, { op: "reply", status: "waiting" });
  await change();
  expect(cell.shared[0]?.data?.["text/markdown"]).toBe("Hello");
});
