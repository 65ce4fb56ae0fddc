import { expect, test } from "vitest";
import { adapted, withoutDefinitions } from "../../src/lazy/tex.ts";

test.each([
  ["\\text{a_b} x_1", "\\text{a\\_b} x_1"],
  ["\\text{a\\_b}", "\\text{a\\_b}"],
  ["\\textit {a{b_c}#}", "\\textit {a{b\\_c}\\#}"],
  ["\\text{x^2 $y^2$ 5%}", "\\text{x\\textasciicircum{}2 $y^2$ 5\\%}"],
  ["\\text{a_b", "\\text{a_b"],
  ["\\textstyle x_1", "\\textstyle x_1"],
  ["\\begin{eqnarray*}a\\end{eqnarray*}", "\\begin{array}{rcl}a\\end{array}"],
  ["\\begin{subequations}a\\end{subequations}", "a"],
])("%j is adapted to %j", (tex, expected) => {
  expect(adapted(tex)).toBe(expected);
});

test.each([
  ["\\newcommand{\\R}{\\mathbb{R}} \\R", " \\R"],
  ["\\renewcommand\\p[2][x]{#1{#2}}y", "y"],
  ["\\def\\x#1{#1}y", "y"],
  ["\\DeclareMathOperator*{\\argmin}{arg\\,min} y", " y"],
  ["\\frac{a}{b}", "\\frac{a}{b}"],
])("%j without definitions is %j", (tex, expected) => {
  expect(withoutDefinitions(tex)).toBe(expected);
});
