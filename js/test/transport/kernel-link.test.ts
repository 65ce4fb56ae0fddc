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
  };
  const life = new AbortController();
  const listener = vi.fn();
  watchKernel(kernel, listener, life.signal);
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

test("a kernel without signals, and a host without one, are never lost", () => {
  const { signal } = new AbortController();
  expect(() => watchKernel({}, vi.fn(), signal)).not.toThrow();
  expect(() => watchKernel(undefined, vi.fn(), signal)).not.toThrow();
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
