import { expect, test } from "vitest";
import { dollarsAt, slashedAt } from "../../../src/core/markdown/math.ts";

test("dollars enclose a formula if there is no space on their inside and no digit behind", () => {
  expect(dollarsAt("$a b$.", 0, false)).toEqual({
    node: { kind: "math", tex: "a b", display: false },
    end: 5,
  });
  expect(dollarsAt("$$ a $$", 0, false)).toEqual({ node: { kind: "math", tex: "a", display: true }, end: 7 });
  expect(dollarsAt("$a\\$b$", 0, false)).toMatchObject({ node: { tex: "a\\$b" } });
  for (const text of ["$ a$", "$a $", "$5 to $6", "$$$a$$$", "$$ $$", "$"]) {
    expect(dollarsAt(text, 0, false)).toBeUndefined();
  }
});

test("an unclosed dollar is a price until it looks like a formula", () => {
  expect(dollarsAt("$5 and x^2", 0, true)).toBe("unfinished");
  expect(dollarsAt("$x", 0, true)).toBe("unfinished");
  expect(dollarsAt("$x^2", 0, true)).toMatchObject({ node: { tex: "x^2" } });
  expect(dollarsAt("$$x \\", 0, true)).toMatchObject({ node: { tex: "x", display: true } });
  expect(dollarsAt("$x^2", 0, false)).toBeUndefined();
});

test("an unclosed dollar is text after a thousand characters", () => {
  expect(dollarsAt(`$x^2${" a".repeat(500)}`, 0, true)).toBeUndefined();
});

test("brackets with backslashes enclose a formula", () => {
  expect(slashedAt("\\( a \\)", 0, 5, false)).toEqual({
    node: { kind: "math", tex: "a", display: false },
    end: 7,
  });
  expect(slashedAt("\\[a", 0, -1, true)).toMatchObject({ node: { tex: "a", display: true } });
  expect(slashedAt("\\[a", 0, -1, false)).toBeUndefined();
  expect(slashedAt("\\(\\)", 0, 2, true)).toBeUndefined();
});
