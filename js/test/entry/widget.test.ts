import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import "../../src/css/conversation.css";
import stub from "../../src/entry/chat-model.ts";
import widget, { type PageCode } from "../../src/entry/widget.ts";
import { animationFrames, FakeModel, newContainer, QUESTION } from "../fakes.ts";

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
});

afterEach(() => life.abort());

/** The host's side of anywidget, with one page code, which may be exchanged. */
class FakeHost {
  controller = new AbortController();
  exports: PageCode;
  asked: string[] = [];
  readonly model = new FakeModel();

  constructor(manager: object = {}) {
    this.model.widget_manager = manager;
    this.exports = this.#initialize();
  }

  reload(): void {
    const old = this.controller;
    this.controller = new AbortController();
    this.exports = this.#initialize();
    old.abort();
  }

  async getWidget(ref: string) {
    this.asked.push(ref);
    return { exports: this.exports };
  }

  #initialize(): PageCode {
    const props = { signal: this.controller.signal, model: this.model.asModel, experimental: {} };
    return widget.initialize(props as never);
  }
}

function open(model: FakeModel, host: FakeHost) {
  const chat = stub();
  chat.initialize({ model: model.asModel, signal: life.signal, experimental: {} as never });
  const render = async (signal = life.signal) => {
    const el = newContainer(signal);
    const view = new FakeModel() as never;
    await chat.render({ model: view, el, signal, host: host as never, experimental: {} as never });
    return el;
  };
  return { chat, render };
}

const CODE: Op[] = [
  ...QUESTION,
  { op: "block", type: "text" },
  { op: "reply", status: "streaming" },
  { op: "text", text: "```python\nx = 1\n```\n\nThen $y$.\n\n" },
];

const FIRST = { v: 1, kind: "update", base: 0, seq: 6, now: 0, ops: QUESTION };

test("initialize returns at once and awaits nothing", () => {
  const { chat } = open(new FakeModel(), new FakeHost());
  const props = { model: new FakeModel().asModel, signal: life.signal, experimental: {} as never };
  expect(Object.keys(chat.initialize(props))).toEqual(["open"]);
});

test("frames before the first view are not lost", async () => {
  const model = new FakeModel();
  const { render } = open(model, new FakeHost());
  model.receive(FIRST);
  const el = await render();
  await expect.poll(() => el.textContent).toContain("Hello");
  expect(el.id).toBe(`nbstream-${model.get("_chat")}`);
  expect(model.sent[0]).toMatchObject({ kind: "resync", seq: 6 });
});

test("the chat outlives its first view", async () => {
  const model = new FakeModel();
  const { render } = open(model, new FakeHost());
  const first = new AbortController();
  await render(first.signal);
  first.abort();
  const el = await render();
  model.receive(FIRST);
  await expect.poll(() => el.textContent).toContain("Hello");
  expect(model.listeners.size).toBe(1);
});

test("a removed view leaves nothing in its output element, which hosts keep", async () => {
  const model = new FakeModel();
  const host = new FakeHost();
  const { render } = open(model, host);
  const view = new AbortController();
  const el = await render(view.signal);
  model.receive(FIRST);
  await expect.poll(() => el.textContent).toContain("Hello");
  view.abort();
  expect(el.childNodes.length).toBe(0);
  // Newer page code does not draw it again either.
  host.reload();
  await animationFrames();
  expect(el.childNodes.length).toBe(0);
});

test("a view that was removed while the page's code was loading shows nothing", async () => {
  const model = new FakeModel();
  const { render } = open(model, new FakeHost());
  const gone = new AbortController();
  const pending = render(gone.signal);
  gone.abort();
  const el = await pending;
  expect(el.childElementCount).toBe(0);
  expect(model.sent).toEqual([]);
});

test("the chats of a page share the assets, which the page code's own model requests on first need", async () => {
  const host = new FakeHost();
  const models = [new FakeModel(), new FakeModel()];
  const els = await Promise.all(models.map((model) => open(model, host).render()));
  expect(host.model.sent).toEqual([]);
  for (const model of models) model.receive({ ...FIRST, seq: CODE.length, ops: CODE });
  await expect
    .poll(() => host.model.sent.map((frame) => "asset" in frame && frame.asset))
    .toEqual(["code", "math"]);
  const to = host.model.sent[0]?.kind === "request_asset" && host.model.sent[0].page;
  const code =
    "const l = { tokenize: (text) => [{ text, style: 'keyword' }], copy: () => l }; export default () => l";
  host.model.receive({ v: 1, kind: "asset", asset: "code", source: code, to });
  for (const el of els)
    await expect.poll(() => el.querySelector(".nbstream-hl-keyword")?.textContent).toBe("x = 1");
  expect(host.model.sent).toHaveLength(2);
});

test("after a reload a chat that is not drawn is connected, and its first view uses that connection", async () => {
  const model = Object.assign(new FakeModel({ _chat: "a" }), { comm_live: true });
  const outputs = [
    {
      output_type: "display_data",
      data: { "text/markdown": "Hello" },
      metadata: { nbstream: { chat: "a" } },
    },
  ];
  const cell = {
    id: "c",
    trusted: true,
    outputs: {
      length: 1,
      get: (index: number) => ({ toJSON: () => outputs[index] }),
      set() {},
    },
  };
  const host = new FakeHost({
    context: {
      path: "a.ipynb",
      model: { cells: { length: 1, get: () => cell }, toJSON: () => ({ cells: [] }) },
    },
    kernel: { requestCommInfo: async () => ({ content: {} }) },
    restoredStatus: true,
    restored: { connect() {}, disconnect() {} },
    has_model: () => true,
    get_model: async () => model,
  });
  await expect.poll(() => model.sent[0]).toMatchObject({ kind: "resync", views: 1, saves: true });
  const [resync] = model.sent;
  model.receive({ ...FIRST, to: resync?.kind === "resync" && resync.page });
  const el = await open(model, host).render();
  await expect.poll(() => el.textContent).toContain("Hello");
  expect(model.sent.filter(({ kind }) => kind === "resync")).toHaveLength(1);
  await expect.poll(() => model.sent.at(-1)).toMatchObject({ kind: "ack", views: 1 });
});

test("the end of the model's signal ends everything", async () => {
  const model = new FakeModel();
  const { render } = open(model, new FakeHost());
  await render(new AbortController().signal);
  life.abort();
  expect(model.listeners.size).toBe(0);
});

test("newer page code takes over the existing views, and requests their contents", async () => {
  const model = new FakeModel();
  const host = new FakeHost();
  const { render } = open(model, host);
  const el = await render();
  model.receive(FIRST);
  await expect.poll(() => el.textContent).toContain("Hello");
  model.sent.length = 0;
  host.reload();
  await expect.poll(() => model.sent[0]).toMatchObject({ kind: "resync", seq: 0 });
  model.receive(FIRST);
  await animationFrames();
  await expect.poll(() => el.querySelectorAll(".nbstream").length).toBe(1);
  await expect.poll(() => el.textContent).toContain("Hello");
});

/** A widget manager that reaches a kernel, as JupyterLab's does. */
class KernelHost {
  readonly #slots = new Set<(sender: unknown, status: string) => void>();
  readonly kernel = {
    status: "idle",
    clientId: "c",
    username: "u",
    statusChanged: {
      connect: (slot: (sender: unknown, status: string) => void) => this.#slots.add(slot),
      disconnect: (slot: (sender: unknown, status: string) => void) => this.#slots.delete(slot),
    },
    sendControlMessage: () => ({ done: Promise.resolve() }),
    requestExecute() {},
    createComm() {},
  };

  create_view = async () => {};

  setStatus(status: string): void {
    for (const slot of [...this.#slots]) slot(this.kernel, status);
  }
}

/** Show a chat on a page that reaches its kernel, and give the page this source of the asset that moves chats. */
async function openWithMover(source: string): Promise<{ manager: KernelHost; el: HTMLElement }> {
  const manager = new KernelHost();
  const host = new FakeHost(manager);
  const model = new FakeModel({ _chat: "a1" });
  model.widget_manager = manager;
  const el = await open(model, host).render();
  model.receive(FIRST);
  await expect.poll(() => el.textContent).toContain("Hello");
  const requests = () => host.model.sent.filter((frame) => frame.kind === "request_asset");
  await expect.poll(() => requests().map((frame) => "asset" in frame && frame.asset)).toEqual(["move"]);
  host.model.receive({ v: 1, kind: "asset", asset: "move", source, to: requests()[0]?.page });
  return { manager, el };
}

test("a page that reaches its kernel has the code to go on in the next one before the kernel ends", async () => {
  const { manager, el } = await openWithMover(
    "const move = async (model, transcript, outputs, onMoved) => {" +
      " onMoved(); for (const { el, takeDraft } of outputs) el.dataset.moved = transcript.turns.length + takeDraft().text; };" +
      " export default Object.assign(move, { whenArrived: () => new Promise(() => {}) });",
  );
  manager.setStatus("restarting");
  const named = (name: string) => [...el.querySelectorAll("button")].find((one) => one.textContent === name);
  await expect
    .poll(() => el.querySelector("[role=status]")?.textContent)
    .toContain("the kernel was restarted");
  const box = el.querySelector("textarea");
  if (box) box.value = "!";
  named("Continue here")?.click();
  await expect.poll(() => el.dataset.moved).toBe("2!");
});

test("chats that share a cell fold their boxes until they are used, and one chat alone does not", async () => {
  const host = new FakeHost();
  const models = ["c1", "c1", "c2"].map(
    (cell, index) => new FakeModel({ _cell: cell, _chat: `chat${index}` }),
  );
  const views: HTMLElement[] = [];
  const first = new AbortController();
  for (const model of models)
    views.push(await open(model, host).render(model === models[0] ? first.signal : life.signal));
  const several = () => views.map((el) => el.classList.contains("nbstream-several"));
  expect(several()).toEqual([true, true, false]);
  first.abort();
  models[1]?.emit("change:_cell");
  expect(several().slice(1)).toEqual([false, false]);
});

test("a view that opens asks no chat of another cell for its cell", async () => {
  const [first, second] = ["a1", "a2"].map((id) => new FakeModel({ _chat: id, _cell: `cell of ${id}` }));
  const host = new FakeHost();
  await open(first as FakeModel, host).render(life.signal);
  const asked = vi.spyOn(first as FakeModel, "get");
  await open(second as FakeModel, host).render(life.signal);
  expect(asked).not.toHaveBeenCalledWith("_cell");
});

test("a chat that is shown again shows the question of its first cell, and shares no cell with itself", async () => {
  const model = new FakeModel({ _chat: "a1", _cell: "c1" });
  const { render } = open(model, new FakeHost());
  const ops = QUESTION.map((op) => (op.op === "block" ? { ...op, data: { in_cell: true } } : op));
  model.receive({ ...FIRST, ops });
  const views = [await render(), await render()];
  const heights = () =>
    views.map(
      (el) => el.querySelector("[data-role=user] > .nbstream-content")?.getBoundingClientRect().height ?? 0,
    );
  await expect.poll(() => heights().map((height) => height > 1)).toEqual([false, true]);
  expect(views.map((el) => el.classList.contains("nbstream-several"))).toEqual([false, false]);
});

test("a chat that the user has continued on another page is continued here without a press", async () => {
  const { manager, el } = await openWithMover(
    "const move = async (model, transcript, outputs) => { for (const { el } of outputs) el.dataset.moved = 'yes'; };" +
      " const whenArrived = (model) => new Promise((resolve) => model.get('_chat') === 'a1' && resolve());" +
      " export default Object.assign(move, { whenArrived });",
  );
  manager.setStatus("restarting");
  await expect.poll(() => el.dataset.moved).toBe("yes");
});
