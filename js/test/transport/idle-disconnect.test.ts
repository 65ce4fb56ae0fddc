import { beforeEach, expect, test, vi } from "vitest";
import { IdleDisconnect } from "../../src/transport/idle-disconnect.ts";

let calls: string[];
let life: AbortController;
let idle: IdleDisconnect;

beforeEach(() => {
  vi.useFakeTimers();
  [calls, life] = [[], new AbortController()];
  idle = new IdleDisconnect(
    () => calls.push("open"),
    () => calls.push("close"),
    life.signal,
  );
  return () => vi.useRealTimers();
});

test("only a hidden page closes its connection, five seconds after its last activity", () => {
  idle.setHidden(false);
  idle.track("reply", true);
  idle.track("reply", false);
  vi.advanceTimersByTime(60_000);
  expect(calls).toEqual(["open"]);
  idle.setHidden(true);
  vi.advanceTimersByTime(4_000);
  idle.track("reply", true);
  vi.advanceTimersByTime(24_000);
  expect(idle.isTracking("reply")).toBe(true);
  idle.track("reply", false);
  expect(idle.isTracking("reply")).toBe(false);
  vi.advanceTimersByTime(4_999);
  expect(calls).toEqual(["open"]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(["open", "close"]);
});

test("a page that is seen again opens its connection, and keeps it", () => {
  idle.setHidden(true);
  vi.advanceTimersByTime(4_999);
  expect(calls).toEqual([]);
  idle.setHidden(false);
  vi.advanceTimersByTime(60_000);
  idle.setHidden(true);
  vi.advanceTimersByTime(5_000);
  idle.setHidden(false);
  vi.advanceTimersByTime(3_600_000);
  expect(calls).toEqual(["open", "close", "open"]);
});

test("a page that stays hidden opens its connection for a moment every twenty minutes", () => {
  idle.setHidden(true);
  vi.advanceTimersByTime(5_000);
  vi.advanceTimersByTime(20 * 60_000);
  expect(calls).toEqual(["close", "open"]);
  idle.track("opening", true);
  vi.advanceTimersByTime(60_000);
  idle.track("opening", false);
  vi.advanceTimersByTime(5_000);
  expect(calls).toEqual(["close", "open", "close"]);
});

test("each of several activities keeps the connection", () => {
  idle.setHidden(true);
  idle.track("reply", true);
  idle.track("command", true);
  idle.track("command", false);
  vi.advanceTimersByTime(60_000);
  expect(calls).toEqual([]);
  idle.track("reply", false);
  vi.advanceTimersByTime(5_000);
  expect(calls).toEqual(["close"]);
});

test("after the signal has aborted nothing happens", () => {
  idle.setHidden(true);
  life.abort();
  idle.track("reply", true);
  idle.track("reply", false);
  vi.advanceTimersByTime(3_600_000);
  expect(calls).toEqual([]);
});
