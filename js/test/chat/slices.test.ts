import { afterEach, expect, test, vi } from "vitest";
import { SLICE_MS, Slices, yieldToInput } from "../../src/chat/slices.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Slices whose clock and yields the test controls. */
function testbed() {
  let nowMs = 0;
  const yields: (() => void)[] = [];
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  const done: string[] = [];
  const slices = new Slices((run) => yields.push(run));
  const run = (name: string, tookMs: number, expectedMs = tookMs) =>
    slices.run(() => {
      nowMs += tookMs;
      done.push(name);
    }, expectedMs);
  const nextTask = () => yields.shift()?.();
  return { slices, run, done, yields, nextTask };
}

test("work that fits into the slice is done at once", () => {
  const { run, done } = testbed();
  run("a", 10);
  run("b", 15);
  expect(done).toEqual(["a", "b"]);
});

test("work beyond the slice waits, in its order, until the browser has handled its input", () => {
  const { run, done, nextTask } = testbed();
  for (const name of ["a", "b", "c", "d"]) run(name, 20);
  run("small", 1);
  expect(done).toEqual(["a"]);
  nextTask();
  expect(done).toEqual(["a", "b"]);
  nextTask();
  nextTask();
  expect(done).toEqual(["a", "b", "c", "d", "small"]);
});

test("work that is longer than a slice gets a slice of its own", () => {
  const { run, done, nextTask } = testbed();
  run("a", 1);
  run("long", 3 * SLICE_MS);
  expect(done).toEqual(["a"]);
  nextTask();
  expect(done).toEqual(["a", "long"]);
});

test("there is one yield for each slice, and none while nothing is done", () => {
  const { run, yields, nextTask } = testbed();
  expect(yields).toHaveLength(0);
  for (const name of ["a", "b", "c"]) run(name, 5);
  expect(yields).toHaveLength(1);
  nextTask();
  expect(yields).toHaveLength(0);
});

test("work that throws does not stop the work after it", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const { slices, run, done, nextTask } = testbed();
  slices.run(() => {
    throw new Error("broken work in a slice");
  }, SLICE_MS);
  run("a", 5);
  nextTask();
  expect(done).toEqual(["a"]);
  expect(error).toHaveBeenCalledOnce();
});

test("a browser with scheduler.yield uses it", async () => {
  let resolve = () => {};
  const yielded = new Promise<void>((done) => {
    resolve = done;
  });
  vi.stubGlobal("scheduler", { yield: () => yielded });
  const run = vi.fn();
  yieldToInput(run);
  await Promise.resolve();
  expect(run).not.toHaveBeenCalled();
  resolve();
  await yielded;
  expect(run).toHaveBeenCalledOnce();
});

test("a browser without scheduler.yield yields by a message", async () => {
  vi.stubGlobal("scheduler", undefined);
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    yieldToInput(() => {
      order.push("work");
      resolve();
    });
    queueMicrotask(() => order.push("this task"));
  });
  expect(order).toEqual(["this task", "work"]);
});
