import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stayConnected, TRY_AGAIN } from "../../src/transport/reconnect.ts";
import { FakeKernel, hide } from "../fakes.ts";

let life: AbortController;
let kernel: FakeKernel;
let wanted: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  kernel = new FakeKernel();
  wanted = true;
  stayConnected(
    kernel,
    () => wanted,
    () => {},
    life.signal,
  );
});

afterEach(() => {
  life.abort();
  hide(false);
  vi.useRealTimers();
});

test.each([
  ["the network is back", () => dispatchEvent(new Event("online"))],
  ["the reader is back", () => hide(false)],
  ["a while has passed", () => vi.advanceTimersByTime(TRY_AGAIN)],
])("it is tried again when %s", (_, happen) => {
  happen();
  expect(kernel.reconnects).toBe(1);
});

test("it is not tried while nothing is wanted, when the reader leaves, or after the end", () => {
  hide(true);
  wanted = false;
  vi.advanceTimersByTime(2 * TRY_AGAIN);
  wanted = true;
  life.abort();
  dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(2 * TRY_AGAIN);
  expect(kernel.reconnects).toBe(0);
});
