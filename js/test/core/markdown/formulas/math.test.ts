import { expect, test } from "vitest";
import { type Mark, markAt } from "../../../../src/core/markdown/formulas/marks.ts";
import { displayAt, dollarsAt, slashedAt } from "../../../../src/core/markdown/formulas/math.ts";

test("dollars enclose a formula if there is no space on their inside and no digit behind", () => {
  expect(dollarsAt("$a b$.", 0, false)).toEqual({
    node: { kind: "math", tex: "a b", display: false },
    end: 5,
  });
  expect(dollarsAt("$a\\$b$", 0, false)).toMatchObject({ node: { tex: "a\\$b" } });
  for (const text of ["$ a$", "$a $", "$5 to $6", "$$a$", "$"]) {
    expect(dollarsAt(text, 0, false)).toBeUndefined();
  }
});

test("dollars behind a capital letter or a digit begin no formula", () => {
  for (const text of ["US$x$", "5$x$"]) expect(dollarsAt(text, text.indexOf("$"), false)).toBeUndefined();
  expect(dollarsAt("设$x$为", 1, false)).toMatchObject({ node: { tex: "x" } });
});

test("dollars and backticks enclose a formula as on GitHub", () => {
  const node = { kind: "math", tex: "x^2", display: false };
  expect(dollarsAt("$`x^2`$ a", 0, false)).toEqual({ node, end: 7 });
  expect(dollarsAt("$`ls` a", 0, true)).toBeUndefined();
  expect(dollarsAt("$`` a", 0, false)).toBeUndefined();
  expect(dollarsAt("$`x", 0, true)).toEqual({ node: undefined, end: 3 });
  expect(dollarsAt("$`x", 0, false)).toBeUndefined();
  expect(dollarsAt(`$\`${"x".repeat(101)}`, 0, true)).toBe("unfinished");
});

test("an unclosed dollar is a price until it looks like a formula", () => {
  expect(dollarsAt("$5 and x^2", 0, true)).toBe("unfinished");
  expect(dollarsAt("$x", 0, true)).toBe("unfinished");
  expect(dollarsAt("$x=", 0, true)).toBe("unfinished");
  expect(dollarsAt("$x^2", 0, true)).toMatchObject({ node: { tex: "x^2" } });
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
  expect(slashedAt("\\(a", 0, -1, true)).toMatchObject({ node: { tex: "a" } });
  expect(slashedAt("\\(a", 0, -1, false)).toBeUndefined();
  expect(slashedAt("\\(\\)", 0, 2, true)).toBeUndefined();
});

function display(text: string, close: number, open: boolean) {
  return displayAt(text, 0, markAt(text, 0) as Mark, close, open);
}

test("displayed formulas have their marks, and environments keep them", () => {
  expect(display("$$ a $$", 5, false)).toEqual({ node: { kind: "math", tex: "a", display: true }, end: 7 });
  expect(display("\\[a\\]", 3, false)).toMatchObject({ node: { tex: "a" }, end: 5 });
  const text = "\\begin{CD}a\\end{CD}";
  expect(display(text, 11, false)).toMatchObject({ node: { tex: text }, end: text.length });
  expect(display("$$ $$", 3, false)).toBeUndefined();
});

test("a displayed formula that is open is shown once it looks like one", () => {
  expect(display("$$x^2 \\", -1, true)).toMatchObject({ node: { tex: "x^2", display: true } });
  expect(display("\\begin{CD}a", -1, true)).toMatchObject({ node: { tex: "\\begin{CD}a" } });
  expect(display("$$", -1, true)).toEqual({ node: undefined, end: 2 });
  expect(display("\\[foo](url)", -1, true)).toBe("unfinished");
  expect(display("$$x^2", -1, false)).toBeUndefined();
  expect(display(`$$x^2${"a".repeat(10_000)}`, -1, true)).toBeUndefined();
});
