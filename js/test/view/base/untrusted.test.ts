import { expect, test } from "vitest";
import { asCount, asLine, asList, asRecords, asText } from "../../../src/view/base/untrusted.ts";
import { VALUES } from "../payloads.ts";

test("a field of another type than expected counts as missing", () => {
  expect(VALUES.map((value) => asText(value)).filter(Boolean)).toEqual(["x"]);
  expect(VALUES.map((value) => asLine(value)).filter(Boolean)).toEqual(["x"]);
  expect(VALUES.map((value) => asCount(value)).filter((value) => value !== undefined)).toEqual([
    0, 1.5, 1e308,
  ]);
  expect(VALUES.flatMap((value) => asList(value))).toEqual([1]);
  expect(asRecords([...VALUES, { a: 1 }]).length).toBe(5);
  expect(asRecords({ 0: {} })).toEqual([]);
});

test("a line has no line breaks and a bounded length", () => {
  expect(asLine(" a\n\tb\r\n c ")).toBe("a b c");
  expect(asLine("x".repeat(1_000_000)).length).toBeLessThan(400);
  expect(asText("abc", 2)).toBe("ab…");
  expect(asList(Array.from({ length: 100_000 })).length).toBe(100);
});

test("a count that is not a finite number from 0 counts as missing", () => {
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -0.1]) expect(asCount(odd)).toBeUndefined();
});
