import { expect, test } from "vitest";
import { inCode, rewriteBetween } from "../../../../src/core/saved/portable/code.ts";

test("code spans stay as they are, unless they are rewritten too", () => {
  const upper = (text: string) => text.toUpperCase();
  expect(rewriteBetween("a `b` c `d", upper)).toBe("A `b` C `D");
  expect(rewriteBetween("a ``b`` c", upper, (span, ticks) => `${ticks}${span}`)).toBe("A 2``b`` C");
});

test("an index is in code between the ends of a span", () => {
  const isInCode = inCode("a `b` c");
  expect([0, 2, 3, 4, 5].map(isInCode)).toEqual([false, false, true, true, false]);
});
