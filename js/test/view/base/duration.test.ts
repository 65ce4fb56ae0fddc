import { expect, test } from "vitest";
import { formatDuration, formatPreciseDuration } from "../../../src/view/base/duration.ts";

test.each([
  [0, "0 s"],
  [0.1, "1 s"],
  [119, "119 s"],
  [3_599.2, "60 min 0 s"],
])("%d seconds are %s", (seconds, expected) => {
  expect(formatDuration(seconds)).toBe(expected);
});

test("durations below ten seconds have tenths", () => {
  expect([0, 0.84, 9.94, 10.2, 125].map(formatPreciseDuration)).toEqual([
    "0.0 s",
    "0.8 s",
    "9.9 s",
    "11 s",
    "2 min 5 s",
  ]);
});
