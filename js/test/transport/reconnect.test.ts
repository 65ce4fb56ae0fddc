import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepConnected, RECONNECT_INTERVAL_MS } from "../../src/transport/reconnect.ts";
import { FakeKernel, setHidden } from "../fakes.ts";

let life: AbortController;
let kernel: FakeKernel;
let isNeeded: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  kernel = new FakeKernel();
  isNeeded = true;
  keepConnected(kernel, () => isNeeded, life.signal);
});

afterEach(() => {
  life.abort();
  setHidden(false);
  vi.useRealTimers();
});

test.each([
  ["the network is back", () => dispatchEvent(new Event("online"))],
  ["the page is seen again", () => setHidden(false)],
  ["the interval has passed", () => vi.advanceTimersByTime(RECONNECT_INTERVAL_MS)],
])("the host is made to reconnect when %s", (_, happen) => {
  happen();
  expect(kernel.reconnects).toBe(1);
});

test("no attempt is made without need, when the page is hidden, or after the signal has aborted", () => {
  setHidden(true);
  isNeeded = false;
  vi.advanceTimersByTime(2 * RECONNECT_INTERVAL_MS);
  isNeeded = true;
  life.abort();
  dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(2 * RECONNECT_INTERVAL_MS);
  expect(kernel.reconnects).toBe(0);
});
