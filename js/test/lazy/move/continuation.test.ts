import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { COMM_TARGET, continueInKernel, STATEMENT } from "../../../src/lazy/move/continuation.ts";
import { FakeModel } from "../../fakes.ts";

/** The parts of JupyterLab's kernel and widget manager that a continuation uses; `answer` is the kernel's. */
class FakeHost {
  status = "idle";
  slots = new Set<() => void>();
  executed: unknown[] = [];
  opened: [target: string, data: unknown][] = [];
  reply: Promise<object> = Promise.resolve({ content: { status: "ok" } });
  answer: object | undefined = {};
  statusChanged = {
    connect: (slot: () => void) => this.slots.add(slot),
    disconnect: (slot: () => void) => this.slots.delete(slot),
  };
  view = { el: document.createElement("div"), remove() {} };
  kernel: object | null = this;

  requestExecute(content: object) {
    this.executed.push(content);
    return { done: this.reply };
  }

  createComm(target: string) {
    const comm = {
      onMsg: (_: object) => {},
      onClose: () => {},
      open: (data: object) => {
        this.opened.push([target, data]);
        if (this.answer) comm.onMsg({ content: { data: this.answer } });
        comm.onClose();
      },
    };
    return comm;
  }

  get_model = async (id: string) => ({ id });
  create_view = async () => this.view;

  setStatus(status: string): void {
    this.status = status;
    for (const slot of [...this.slots]) slot();
  }
}

let host: FakeHost;
let model: FakeModel;

beforeEach(() => {
  host = new FakeHost();
  model = new FakeModel({ _chat: "a1", _cell: "cell-1", _settings: { budget: 1 }, _suggestions: ["Hi"] });
  model.widget_manager = host;
});

afterEach(() => vi.useRealTimers());

const TURNS = [{ id: "t1" }];

test("the page runs one fixed statement, and the conversation follows as data", async () => {
  const createView = await continueInKernel(model.asModel, TURNS);
  expect(host.executed).toEqual([
    { code: STATEMENT, silent: true, store_history: false, allow_stdin: false, stop_on_error: false },
  ]);
  const data = {
    v: 1,
    chat: "a1",
    cell: "cell-1",
    settings: { budget: 1 },
    suggestions: ["Hi"],
    turns: TURNS,
  };
  expect(host.opened).toEqual([[COMM_TARGET, data]]);
  expect(await createView()).toBe(host.view);
});

test("a kernel that is starting is waited for, because requests to it would be dropped", async () => {
  host.status = "restarting";
  const moved = continueInKernel(model.asModel, TURNS);
  host.setStatus("starting");
  await Promise.resolve();
  expect(host.executed).toEqual([]);
  host.setStatus("idle");
  await moved;
  expect(host.executed).toHaveLength(1);
  expect(host.slots.size).toBe(0);
});

test("a kernel that never starts is given up", async () => {
  vi.useFakeTimers();
  host.status = "starting";
  const moved = expect(continueInKernel(model.asModel, TURNS)).rejects.toThrow("has not started");
  await vi.advanceTimersByTimeAsync(60_000);
  await moved;
  expect(host.slots.size).toBe(0);
});

test.each([
  ["no kernel runs", () => Object.assign(host, { kernel: null }), "No kernel is running"],
  [
    "nbstream is not there",
    () => refuse({ status: "error", ename: "ModuleNotFoundError", evalue: "No module" }),
    "does not have this version",
  ],
  [
    "nbstream cannot be loaded",
    () => refuse({ status: "error", ename: "ImportError", evalue: "half of it" }),
    "ImportError: half of it",
  ],
  ["the request is aborted", () => refuse({ status: "aborted" }), "could not be loaded: aborted"],
  [
    "the kernel goes away",
    () => Object.assign(host, { reply: Promise.reject(new Error("Canceled")) }),
    "restarted in the meantime",
  ],
  ["the kernel refuses it", () => Object.assign(host, { answer: { error: "No." } }), "No."],
  ["the comm closes without an answer", () => Object.assign(host, { answer: undefined }), "did not accept"],
])("the user is told why if %s", async (_, prepare, sentence) => {
  prepare();
  await expect(continueInKernel(model.asModel, TURNS)).rejects.toThrow(sentence);
});

test("a conversation that the websocket would not carry is not sent", async () => {
  const turns = [{ text: "x".repeat(3_000_000) }];
  await expect(continueInKernel(model.asModel, turns)).rejects.toThrow("too long");
  expect(host.opened).toEqual([]);
});

function refuse(content: object): void {
  host.reply = Promise.resolve({ content });
}
