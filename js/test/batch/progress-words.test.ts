import { expect, test } from "vitest";
import {
  describeFigures,
  describeRows,
  describeStatus,
  describeTokens,
  endedRows,
} from "../../src/batch/progress-words.ts";
import { newProgress } from "./fakes.ts";

function line(more: Parameters<typeof newProgress>[0]): string {
  return [...describeFigures(newProgress(more))].join(" · ");
}

test("the figures of a run are rows, pace, time and money", () => {
  expect(line({})).toBe(
    "120 of 200 rows, 3 failed · 340 rows a minute · 15 s left · $0.12 so far, about $0.20 in all",
  );
  expect(line({ total: 10_000, done: 1_234, failed: 0, secondsLeft: 3_700 })).toBe(
    "1,234 of 10,000 rows · 340 rows a minute · 61 min 40 s left · $0.12 so far, about $0.20 in all",
  );
});

test("figures that are not known are left out", () => {
  expect(line({ rowsPerMinute: null, secondsLeft: null, cost: null, expectedCost: null })).toBe(
    "120 of 200 rows, 3 failed",
  );
  expect(line({ rowsPerMinute: null, secondsLeft: null, expectedCost: null, cost: 0.0012 })).toBe(
    "120 of 200 rows, 3 failed · $0.0012 so far",
  );
  expect(line({ status: "done", done: 197, cost: 0 })).toBe("200 of 200 rows, 3 failed · 35 s");
});

test("a run that has ended tells how long it took and what it cost", () => {
  expect(line({ status: "done", done: 197, cost: 1.5 })).toBe("200 of 200 rows, 3 failed · 35 s · $1.50");
  expect(line({ status: "stopped", total: 1, done: 0, failed: 0 })).toBe("0 of 1 row · 35 s · $0.12");
});

test("a wait that the API asks for is said with its seconds", () => {
  const waiting = newProgress({ slowedUntil: 11.3 });
  expect(describeStatus(waiting, false)).toBe("Claude asks to wait");
  expect([...describeFigures(waiting)][1]).toBe("going on in 12 s");
  expect(describeStatus(newProgress({ slowedUntil: 0 }), false)).toBe("");
});

test("the state is said where it is not plain to see", () => {
  expect(describeStatus(newProgress(), false)).toBe("");
  expect(describeStatus(newProgress(), true)).toBe("Stopping…");
  const labels = [
    ["done", null, "Done"],
    ["failed", null, "Failed, as no row could be asked"],
    ["stopped", "user", "Stopped"],
    ["stopped", "budget", "Stopped at the budget"],
    ["stopped", "interrupt", "Interrupted"],
    ["stopped", null, "Stopped"],
  ] as const;
  for (const [status, stop_reason, label] of labels)
    expect(describeStatus(newProgress({ status, stop_reason }), true)).toBe(label);
});

test("rows with a result and rows with an error have both ended", () => {
  expect(endedRows(newProgress())).toBe(120);
  expect(describeRows(newProgress({ failed: 0 }))).toBe("117 of 200 rows");
});

test("the tokens are told in full, and dollars are called an estimate", () => {
  expect(describeTokens(newProgress({ cost: null }))).toBe("12,345 tokens sent to Claude, 2,345 written");
  expect(describeTokens(newProgress())).toContain("estimated from the list prices");
});
