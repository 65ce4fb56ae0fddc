import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ScheduledWork, WORK_WAIT_MS } from "../../../src/view/base/scheduled-work.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function bench(isReplyRunning: boolean) {
  const requestPaint = vi.fn();
  return { requestPaint, work: new ScheduledWork(requestPaint, () => isReplyRunning) };
}

test("without a running reply work asks for an update at once", () => {
  const { requestPaint, work } = bench(false);
  const done = vi.fn();
  work.add(done);
  expect(requestPaint).toHaveBeenCalledOnce();
  work.run(0);
  expect(done).toHaveBeenCalledOnce();
  expect(requestPaint).toHaveBeenCalledOnce();
});

test("while text comes in time, work runs with its updates and asks for none", () => {
  const { requestPaint, work } = bench(true);
  let count = 0;
  for (let update = 0; update < 20; update++) {
    work.run(0);
    work.add(() => {
      count += 1;
    });
    vi.advanceTimersByTime(120);
  }
  expect(count).toBe(19);
  expect(requestPaint).not.toHaveBeenCalled();
  vi.advanceTimersByTime(WORK_WAIT_MS);
  expect(requestPaint).toHaveBeenCalledOnce();
});

test("work that an update has no time for waits for another one", () => {
  const { requestPaint, work } = bench(false);
  const rest = vi.fn();
  work.add(() => vi.advanceTimersByTime(100));
  work.add(rest);
  work.run(0);
  expect(rest).not.toHaveBeenCalled();
  expect(requestPaint).toHaveBeenCalledTimes(2);
  work.run(0);
  expect(rest).toHaveBeenCalledOnce();
});
