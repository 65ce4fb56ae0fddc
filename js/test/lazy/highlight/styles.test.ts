import { expect, test } from "vitest";
import css from "../../../src/css/code.css?raw";
import { ALL_STYLES, styleOf } from "../../../src/lazy/highlight/styles.ts";

test.each([
  [null, ""],
  [undefined, ""],
  ["", ""],
  ["variableName", ""],
  ["keyword", "keyword"],
  ["variableName.definition", "def"],
  ["variableName.standard", "builtin"],
  ["string.special", "special"],
  ["keyword strong", "keyword"],
  ["error", ""],
  ["constructor", ""],
  ["toString.keyword", "keyword"],
])("%j is %j", (words, style) => {
  expect(styleOf(words)).toBe(style);
});

test("every style has a rule, and every rule a style", () => {
  expect(new Set([...css.matchAll(/nbstream-hl-([\w-]+)/g)].map(([, name]) => name))).toEqual(ALL_STYLES);
});

test("every style is valid in a class name", () => {
  for (const style of ALL_STYLES) expect(style).toMatch(/^[a-z]+$/);
});
