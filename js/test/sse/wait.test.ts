import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pause, rejectOnAbort } from "../../src/sse/wait.ts";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => void vi.useRealTimers());

test("a pause takes its time, and leaves no listener or timer", async () => {
  let over = false;
  pause(100, undefined).then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(99);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(over).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("a promise keeps its result, unless the signal aborts first", async () => {
  const stop = new AbortController();
  expect(await rejectOnAbort(Promise.resolve(1), stop.signal)).toBe(1);
  await expect(rejectOnAbort(Promise.reject(new Error("no")), stop.signal)).rejects.toThrow("no");
  const never = rejectOnAbort(new Promise(() => {}), stop.signal);
  stop.abort("why");
  await expect(never).rejects.toBe("why");
  await expect(rejectOnAbort(new Promise(() => {}), stop.signal)).rejects.toBe("why");
});
