import { expect, test } from "vitest";
import { hasActiveMacro, mathIsBalanced } from "../../../src/core/saved/safe-formulas.ts";

test.each(["\\href {x}", "\\\\\\style{a}{b}", "\\unicode[a]{1}", "\\bbox[a:b]{c}", "\\def\\a{b}"])(
  "an active macro is found: %s",
  (formula) => expect(hasActiveMacro(formula)).toBe(true),
);

test.each(["\\frac{a}{b}", "a\\\\data", "\\unicode{65}", "\\bbox[red]{c}", "\\define"])(
  "another macro is not active: %s",
  (formula) => expect(hasActiveMacro(formula)).toBe(false),
);

test("formulas are balanced that end in the paragraph", () => {
  expect(mathIsBalanced("$$a$$ and $$b$$")).toBe(true);
  expect(mathIsBalanced("$$\na\n$$")).toBe(true);
  expect(mathIsBalanced("$$a")).toBe(false);
});
