import { expect, test } from "vitest";
import { ParseSchedule } from "../../../src/core/markdown/parse-schedule.ts";

/** The lengths at which a text that comes in such pieces is parsed. */
function parses(chars: number, piece: number): number[] {
  const schedule = new ParseSchedule();
  const lengths: number[] = [];
  for (let length = piece; length <= chars; length += piece) {
    if (!schedule.isDue(length)) continue;
    schedule.note(length);
    lengths.push(length);
  }
  return lengths;
}

function costPerChar(chars: number, piece: number): number {
  return parses(chars, piece).reduce((sum, length) => sum + length, 0) / chars;
}

test("a character costs the same in a short and in a long text, for every length of a piece", () => {
  for (const piece of [4, 40, 100, 400]) {
    for (let chars = 8_000; chars <= 20_000; chars += 1_000) {
      const growth = costPerChar(4 * chars, piece) / costPerChar(chars, piece);
      expect.soft(growth, `${chars} in pieces of ${piece}`).toBeLessThan(1.05);
    }
  }
});

test("a text is parsed each time it has grown by little more than a quarter", () => {
  const lengths = parses(1_000_000, 4).filter((length) => length > 2_000);
  for (const [at, length] of lengths.slice(1).entries())
    expect(length / (lengths[at] as number)).toBeLessThan(1.265);
});

test("a text in large pieces is parsed with each of them at first", () => {
  expect(parses(3_200, 400)).toHaveLength(8);
});

test("a text that came whole is not parsed again with each piece", () => {
  const schedule = new ParseSchedule();
  schedule.note(100_000);
  expect([100_004, 120_000, 126_000].map((length) => schedule.isDue(length))).toEqual([false, false, true]);
});

test("a text that has become shorter is parsed at once", () => {
  const schedule = new ParseSchedule();
  schedule.note(10_000);
  schedule.note(20_000);
  expect([20_001, 19_999].map((length) => schedule.isDue(length))).toEqual([false, true]);
});
