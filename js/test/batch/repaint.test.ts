import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Repaint } from "../../src/batch/repaint.ts";
import { setHidden } from "../fakes.ts";

let life: AbortController;
let paints: number[];
let repaint: Repaint;

/** The time that the scheduler has read last. On a busy machine a view is painted some milliseconds later. */
let readAt = 0;

beforeEach(() => {
  life = new AbortController();
  paints = [];
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => {
    readAt = now();
    return readAt;
  });
  repaint = new Repaint(() => paints.push(readAt), life.signal);
});

afterEach(() => {
  life.abort();
  setHidden(false);
  vi.restoreAllMocks();
});

async function requestFor(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    repaint.request();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("many requests are at most ten updates a second, and the last one is not lost", async () => {
  while (paints.length < 6) await requestFor(5);
  const gaps = paints.slice(1).map((at, index) => at - (paints[index] ?? 0));
  // The clock of a browser is rounded to a tenth of a millisecond.
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(104.9);
  const asked = performance.now();
  repaint.request();
  await expect.poll(() => (paints.at(-1) ?? 0) >= asked).toBe(true);
});

test("a view out of sight is not painted, and one that comes into sight catches up once", async () => {
  repaint.isVisible = false;
  await requestFor(150);
  expect(paints).toEqual([]);
  repaint.isVisible = true;
  await expect.poll(() => paints.length).toBe(1);
  setHidden(true);
  expect(repaint.isSeen).toBe(false);
  await requestFor(150);
  expect(paints.length).toBe(1);
  setHidden(false);
  await expect.poll(() => paints.length).toBe(2);
});

test("after the signal has aborted nothing is painted", async () => {
  repaint.request();
  life.abort();
  await requestFor(150);
  expect(paints).toEqual([]);
});

test("an error of one update does not stop later ones", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  let count = 0;
  const failing = new Repaint(() => {
    count += 1;
    if (count === 1) throw new Error("an error of the repaint's test");
  }, life.signal);
  failing.request();
  await expect.poll(() => count).toBe(1);
  failing.request();
  await expect.poll(() => count).toBe(2);
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
});
