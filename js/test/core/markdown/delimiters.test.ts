import { expect, test } from "vitest";
import { built, Matcher, type Run, runAt, type Token } from "../../../src/core/markdown/delimiters.ts";
import { lineOf } from "./html.ts";

/** Parse a text in which only delimiter runs have a meaning. */
function spans(text: string, open = false): string {
  const tokens: Token[] = [];
  const matcher = new Matcher();
  for (const { 0: part, index } of text.matchAll(/([*_~])\1*|[^*_~]+/g)) {
    if (!/[*_~]/.test(part)) tokens.push({ kind: "text", text: part });
    else {
      const run: Run = runAt(text, index, index + part.length, true);
      tokens.push(run);
      matcher.take(run);
    }
  }
  if (open) tokens.push(matcher.optimistic(tokens));
  return lineOf(built(tokens));
}

test.each([
  ["*a **b** c*", "<em>a <strong>b</strong> c</em>"],
  ["***a***", "<em><strong>a</strong></em>"],
  ["***a** b*", "<em><strong>a</strong> b</em>"],
  ["**a*", "*<em>a</em>"],
  ["a_b_c", "a_b_c"],
  ["a*b*c", "a<em>b</em>c"],
  ["*a _b* c_", "<em>a _b</em> c_"],
  ["*a**b*", "<em>a**b</em>"],
  ["2 * 3 * 4", "2 * 3 * 4"],
  ["~~a~~ ~b~ ~~~c~~~", "<del>a</del> ~b~ ~~~c~~~"],
  ["~~a~", "~~a~"],
  ["**“a”**b", "**“a”**b"],
])("%j is %j", (text, expected) => {
  expect(spans(text)).toBe(expected);
});

test.each([
  ["**a *b", "<strong>a <em>b</em></strong>"],
  ["***a", "<em><strong>a</strong></em>"],
  ["~~a", "<del>a</del>"],
  ["~a", "~a"],
  ["a*b", "a*b"],
  ["a **", "a **"],
  ["记住**先保", "记住<strong>先保</strong>"],
  ["**先保。**然", "<strong>先保。</strong>然"],
  ["记住*先", "记住*先"],
])("%j, unfinished, is %j", (text, expected) => {
  expect(spans(text, true)).toBe(expected);
});

test("at most four open spans are closed in an unfinished text", () => {
  expect(spans("*a ".repeat(9), true).match(/<em>/g)).toHaveLength(4);
});

test("spans nest 24 deep, and deeper ones stay text", () => {
  const html = spans(`${"*a ".repeat(40)}${"b* ".repeat(40)}`);
  expect(html.match(/<em>/g)).toHaveLength(24);
  expect(html.match(/\*/g)).toHaveLength(2 * 16);
});

test("the search for an opener is not repeated for the same kind of closer", () => {
  const matcher = new Matcher();
  const text = `${"_a ".repeat(500)}${"b* ".repeat(500)}`;
  for (const { index } of text.matchAll(/[*_]/g)) matcher.take(runAt(text, index, index + 1, true));
  expect(matcher.work).toBeLessThan(2000);
});
