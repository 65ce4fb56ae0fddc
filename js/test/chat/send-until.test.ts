import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sendUntil } from "../../src/chat/send-until.ts";

let life: AbortController;
let sent: boolean[];
const route = { send: (_: unknown, isRepeat = false) => sent.push(isRepeat) };

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  sent = [];
});

afterEach(() => vi.useRealTimers());

test("a message is repeated until its effect is seen", () => {
  let isConfirmed = false;
  const onFinished = vi.fn();
  sendUntil(
    route,
    { kind: "stop" },
    { isConfirmed: () => isConfirmed, intervalMs: 500, onFinished },
    life.signal,
  );
  vi.advanceTimersByTime(1_100);
  expect([sent, onFinished.mock.calls.length]).toEqual([[false, true, true], 0]);
  isConfirmed = true;
  vi.advanceTimersByTime(10_000);
  expect([sent.length, onFinished.mock.calls.length]).toEqual([3, 1]);
});

test("a message without an effect is given up", () => {
  const onFinished = vi.fn();
  const policy = { isConfirmed: () => false, intervalMs: 100, maxAttempts: 4, onFinished };
  sendUntil(route, { kind: "stop" }, policy, life.signal);
  vi.advanceTimersByTime(10_000);
  expect([sent.length, onFinished.mock.calls.length]).toEqual([4, 1]);
});

test("after the signal has aborted nothing is sent", () => {
  sendUntil(route, { kind: "stop" }, { isConfirmed: () => false, intervalMs: 100 }, life.signal);
  life.abort();
  vi.advanceTimersByTime(10_000);
  expect(sent.length).toBe(1);
});
