import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runLater, runOnFrame } from "../../src/chat/frames.ts";

let life: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("work waits for its time", () => {
  const run = vi.fn();
  runLater(run, 100, life.signal);
  vi.advanceTimersByTime(99);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
});

test("work on a frame is done once, also where no frame comes", () => {
  const run = vi.fn();
  runOnFrame(run, life.signal);
  vi.advanceTimersByTime(2_000);
  expect(run).toHaveBeenCalledOnce();
  vi.stubGlobal("requestAnimationFrame", () => 0);
  runOnFrame(run, life.signal);
  vi.advanceTimersByTime(999);
  expect(run).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(2);
});

test("work whose signal aborts is not done", () => {
  const run = vi.fn();
  runLater(run, 100, life.signal);
  runOnFrame(run, life.signal);
  life.abort();
  vi.advanceTimersByTime(2_000);
  expect(run).not.toHaveBeenCalled();
});
