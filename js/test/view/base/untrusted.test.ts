import { expect, test } from "vitest";
import { count, line, list, records, words } from "../../../src/view/base/untrusted.ts";
import { VALUES } from "../payloads.ts";

test("a field is taken as what it should be, or as nothing", () => {
  expect(VALUES.map((value) => words(value)).filter(Boolean)).toEqual(["x"]);
  expect(VALUES.map((value) => line(value)).filter(Boolean)).toEqual(["x"]);
  expect(VALUES.map((value) => count(value)).filter((value) => value !== undefined)).toEqual([0, 1.5, 1e308]);
  expect(VALUES.flatMap((value) => list(value))).toEqual([1]);
  expect(records([...VALUES, { a: 1 }]).length).toBe(5);
  expect(records({ 0: {} })).toEqual([]);
});

test("a line is one, and no wall of text", () => {
  expect(line(" a\n\tb\r\n c ")).toBe("a b c");
  expect(line("x".repeat(1_000_000)).length).toBeLessThan(400);
  expect(words("abc", 2)).toBe("ab…");
  expect(list(Array.from({ length: 100_000 })).length).toBe(100);
});

test("numbers that are none are none", () => {
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -0.1]) expect(count(odd)).toBeUndefined();
});
