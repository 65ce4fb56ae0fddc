import { expect, test } from "vitest";
import { readsAsText } from "../../../../src/core/markdown/formulas/prices.ts";
import { whole } from "../feed.ts";
import { html } from "../html.ts";

test.each([
  ["100 (in US", ")"],
  ["100 (A", ")."],
  ["5, not the US", "."],
  ["5 per month or 50", "."],
  ["20k–30k in total, as US", " "],
  ["A", "1:"],
  ["1:", "B"],
  ["HOME/", "US"],
  ["HOME", "PA"],
  ["{A}", "{B"],
  ["{HOME}/", "{U"],
  ["PATH:", "HO"],
  [".get/", ".p"],
  ["x=", "y"],
  ["(pwd)/", "(d"],
])("%j before %j is text", (inside, behind) => {
  expect(readsAsText(inside, behind)).toBe(true);
});

test.each([
  ["x", " "],
  ["n", "th"],
  ["k", "NN"],
  ["f", "(x"],
  ["x_1,", " "],
  ["x=", " 5"],
  ["2x dx", "."],
  ["3 \\text{ for all } y", "."],
  ["2 \\sin x", ","],
  ["2 sin x + 3 mod 5", ","],
  ["[0, 1)", "."],
  ["100", "."],
  ["5 < x", "."],
  ["10 000", "."],
])("%j before %j is a formula", (inside, behind) => {
  expect(readsAsText(inside, behind)).toBe(false);
});

test.each([
  ["It costs $100 (in US$) today.", []],
  ["Lock it as $A$1:$B$10.", []],
  ["From $5 to $10 in US$ or A$.", []],
  ["Set $HOME/$USER, $" + "{A}$" + "{B} and $PATH:$HOME/bin.", []],
  ["costs 5$ and 10$, 20$/month or 30$/month", []],
  ["Each of the $n$ items costs $5, so $n$ cost $5n$ dollars.", ["n", "n", "5n"]],
  ["It costs $5 and $x$ is $20 more than $y$.", ["x", "y"]],
  ["At $5, where ($x$ units) are sold, $2x$ is left.", ["x", "2x"]],
  ["The $k$-th of $(a, b]$, $[0, 1)$ and $2 \\times 3$.", ["k", "(a, b]", "[0, 1)", "2 \\times 3"]],
])("the formulas in %j are %j", (text, formulas) => {
  const found = [...html(whole(text).root).matchAll(/<math>(.*?)<\/math>/g)].map(([, tex]) => tex);
  expect(found).toEqual(formulas);
});
