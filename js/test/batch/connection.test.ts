import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BatchConnection, type BatchListener } from "../../src/batch/connection.ts";
import { FakeBatch, newRow } from "./fakes.ts";

let life: AbortController;
let model: FakeBatch;
let connection: BatchConnection;
let view: { [Name in keyof BatchListener]: ReturnType<typeof vi.fn> };

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  model = new FakeBatch([newRow(0), newRow(1)]);
  connection = new BatchConnection(model.asModel, life.signal);
  view = { onChange: vi.fn(), onRows: vi.fn(), onRestored: vi.fn() };
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

function attach(signal = life.signal): void {
  connection.attach(view as unknown as BatchListener, signal);
}

test("nothing is sent before there is a view, and the kernel hears how many there are", () => {
  expect(model.sent).toEqual([]);
  const first = new AbortController();
  attach(first.signal);
  first.abort();
  expect(model.of("here").map(({ views }) => views)).toEqual([1, 0]);
  expect(new Set(model.sent.map(({ page }) => page)).size).toBe(1);
});

test("a view is told of changes and of rows, as long as its signal lives", async () => {
  const output = new AbortController();
  attach(output.signal);
  model.change({ done: 1 });
  expect(view.onChange).toHaveBeenCalledOnce();
  connection.askRows({ first: 0, count: 20 }, "all", false);
  await Promise.resolve();
  expect(view.onRows).toHaveBeenCalledWith(model.answer("all", 0, 20));
  expect(connection.lastAnswer).toEqual(model.answer("all", 0, 20));
  output.abort();
  model.change({ done: 2 });
  expect(view.onChange).toHaveBeenCalledOnce();
});

test("a Stop is repeated until the run has ended", () => {
  attach();
  expect([connection.stop(), connection.stop(), connection.isStopping]).toEqual([true, true, true]);
  vi.advanceTimersByTime(1_100);
  expect(model.of("stop").length).toBe(3);
  model.change({ status: "stopped", stop_reason: "user" });
  expect([connection.isStopping, connection.isRunning, connection.stop()]).toEqual([false, false, false]);
  // The user asks for the failed rows again before the next repetition would be due.
  connection.retryAll();
  model.change({ status: "running" });
  vi.advanceTimersByTime(5_000);
  expect(model.of("stop").length).toBe(3);
});

test("a Retry is sent once, with a key by which the kernel knows a copy", () => {
  attach();
  connection.retry(1);
  connection.retryAll();
  vi.advanceTimersByTime(60_000);
  expect(model.of("retry")).toMatchObject([{ index: 1, key: expect.stringMatching(/^\w{8}$/) }]);
  expect(model.of("retryAll")[0]?.key).not.toBe(model.of("retry")[0]?.key);
});

test("a page that is closed says goodbye, and one that comes back says that it is there", () => {
  dispatchEvent(new Event("pagehide"));
  expect(model.sent).toEqual([]);
  attach();
  dispatchEvent(new Event("pagehide"));
  expect(model.sent.at(-1)?.kind).toBe("goodbye");
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(model.sent.at(-1)).toMatchObject({ kind: "here", views: 1 });
});

test("a ping is answered, and any other message is left alone", () => {
  attach();
  model.emit("msg:custom", { kind: "ping" });
  model.emit("msg:custom", { kind: "update" });
  model.emit("msg:custom", null);
  expect(model.of("here").length).toBe(2);
  expect(view.onRows).not.toHaveBeenCalled();
});

test("after a lost connection the rows are fetched again", () => {
  attach();
  connection.link.report("restored");
  expect(view.onRestored).toHaveBeenCalledOnce();
  expect(model.of("here").length).toBe(2);
});

test("once the kernel is gone, the run no longer goes on and nothing is sent", () => {
  attach();
  const before = model.sent.length;
  connection.stop();
  connection.link.report("kernel_restarted");
  expect(view.onChange).toHaveBeenCalled();
  expect([connection.isRunning, connection.stop()]).toEqual([false, false]);
  connection.retryAll();
  connection.askRows({ first: 0, count: 20 }, "all", false);
  vi.advanceTimersByTime(60_000);
  expect(model.sent.slice(before).map(({ kind }) => kind)).toEqual(["stop"]);
});

test("a comm that has died is a kernel that was restarted, where the host hides its kernel", async () => {
  model.widget_manager = { get_model: async () => ({ comm_live: false }) };
  connection = new BatchConnection(model.asModel, life.signal);
  model.emit("comm_live_update");
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.link.loss).toBe("kernel_restarted");
});

test("a closed model leaves no listener behind", () => {
  attach();
  life.abort();
  expect(model.listenerCount).toBe(0);
});
