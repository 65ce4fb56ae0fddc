import { expect, test, vi } from "vitest";
import { reachableKernel, watchKernel } from "../../src/transport/kernel-link.ts";

/** A Lumino signal. */
class Signal<Value> {
  readonly slots = new Set<(sender: unknown, value: Value) => void>();

  connect(slot: (sender: unknown, value: Value) => void): void {
    this.slots.add(slot);
  }

  disconnect(slot: (sender: unknown, value: Value) => void): void {
    this.slots.delete(slot);
  }

  emit(value: Value): void {
    for (const slot of this.slots) slot(this, value);
  }
}

function watched() {
  const kernel = {
    statusChanged: new Signal<string>(),
    connectionStatusChanged: new Signal<string>(),
    disposed: new Signal<unknown>(),
    iopubMessage: new Signal<{ header: { msg_type: string }; content: { restart?: boolean } }>(),
    requestCommInfo: vi.fn(async (_: object) => ({ content: { status: "ok", comms: { a: {} } as object } })),
  };
  const life = new AbortController();
  const listener = vi.fn();
  watchKernel(kernel, "a", listener, life.signal);
  return { kernel, life, listener };
}

test.each([
  ["restarting", "kernel_restarted"],
  ["autorestarting", "kernel_restarted"],
  ["starting", "kernel_restarted"],
  ["terminating", "kernel_ended"],
  ["dead", "kernel_ended"],
])("a kernel whose status becomes %s has lost the chat", (status, loss) => {
  const { kernel, listener } = watched();
  for (const other of ["idle", "busy", "unknown"]) kernel.statusChanged.emit(other);
  expect(listener).not.toHaveBeenCalled();
  kernel.statusChanged.emit(status);
  expect(listener.mock.calls).toEqual([[loss]]);
});

test("a cut connection, one that is back, and one that is given up are told, until the signal aborts", () => {
  const { kernel, life, listener } = watched();
  for (const status of ["disconnected", "connecting", "connected"])
    kernel.connectionStatusChanged.emit(status);
  kernel.disposed.emit(undefined);
  expect(listener.mock.calls).toEqual([["cut"], ["cut"], ["restored"], ["kernel_ended"]]);
  life.abort();
  expect([kernel.statusChanged.slots.size, kernel.connectionStatusChanged.slots.size]).toEqual([0, 0]);
  expect(kernel.disposed.slots.size).toBe(0);
});

test("a kernel that died while the page was away is found out at the reconnection", async () => {
  const { kernel, listener } = watched();
  kernel.connectionStatusChanged.emit("connected");
  await Promise.resolve();
  expect(kernel.requestCommInfo.mock.calls).toEqual([[{ target_name: "jupyter.widget" }]]);
  expect(listener.mock.calls).toEqual([["restored"]]);
  for (const failure of [
    Promise.reject(new Error("gone")),
    Promise.resolve({ content: { status: "error" } }),
  ]) {
    kernel.requestCommInfo.mockReturnValueOnce(failure as never);
    kernel.connectionStatusChanged.emit("connected");
  }
  await new Promise((resolve) => setTimeout(resolve));
  expect(listener.mock.calls).toEqual([["restored"], ["restored"], ["restored"]]);
  kernel.requestCommInfo.mockResolvedValueOnce({ content: { status: "ok", comms: { b: {} } } });
  kernel.connectionStatusChanged.emit("connected");
  await new Promise((resolve) => setTimeout(resolve));
  expect(listener.mock.calls.slice(3)).toEqual([["restored"], ["kernel_restarted"]]);
});

test.each([
  [false, "kernel_ended"],
  [true, "kernel_restarted"],
])("a kernel that is shut down says so itself: restart is %s", (restart, loss) => {
  const { kernel, listener } = watched();
  kernel.iopubMessage.emit({ header: { msg_type: "status" }, content: {} });
  kernel.iopubMessage.emit({ header: { msg_type: "shutdown_reply" }, content: { restart } });
  expect(listener.mock.calls).toEqual([[loss]]);
});

test("a kernel without signals, and a host without one, are never lost", () => {
  const { signal } = new AbortController();
  expect(() => watchKernel({}, "a", vi.fn(), signal)).not.toThrow();
  expect(() => watchKernel(undefined, "a", vi.fn(), signal)).not.toThrow();
});

test("a kernel is reached where the page can run a statement there and show a widget", () => {
  const kernel = { status: "idle", statusChanged: new Signal(), requestExecute() {}, createComm() {} };
  const manager = { kernel, create_view() {} };
  expect(reachableKernel(manager)).toBe(kernel);
  expect(reachableKernel({ ...manager, kernel: { ...kernel, status: "dead" } })).toBeUndefined();
  for (const name of ["requestExecute", "createComm", "statusChanged"])
    expect(reachableKernel({ ...manager, kernel: { ...kernel, [name]: undefined } })).toBeUndefined();
  expect(reachableKernel({ kernel })).toBeUndefined();
  expect(reachableKernel({ ...manager, kernel: null })).toBeUndefined();
  expect(reachableKernel({})).toBeUndefined();
});
