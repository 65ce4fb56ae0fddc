import { expect, test } from "vitest";
import { flanking } from "../../../src/core/markdown/flanking.ts";

/** Tell "opens", "closes", "both" or "neither" of the only run of marks in a text. */
function sides(text: string, friendly = true): string {
  const { 0: run, index } = /[*_]+/.exec(text) as RegExpExecArray;
  const { opens, closes } = flanking(text, index, index + run.length, friendly);
  return opens ? (closes ? "both" : "opens") : closes ? "closes" : "neither";
}

test.each([
  ["a *b", "opens"],
  ["a* b", "closes"],
  ["a*b", "both"],
  ["a * b", "neither"],
  ["a_b", "neither"],
  ["(_b", "opens"],
  ["a_)", "closes"],
  ["a.*b", "opens"],
])("of %j the run is %s", (text, expected) => {
  expect(sides(text)).toBe(expected);
  expect(sides(text, false)).toBe(expected);
});

test.each([
  ["存。**然", "both", "opens"],
  ["(독)**입", "both", "opens"],
  ["国**(x", "both", "closes"],
  ["𠮟**(x", "both", "closes"],
  ["葛\u{e0100}**(x", "both", "closes"],
  ["塚\ufe00**(x", "both", "closes"],
  ["”\ufe01**x", "both", "both"],
  ["”\ufe00**x", "opens", "both"],
  ["字。_x", "opens", "opens"],
  ["~~**x", "opens", "opens"],
  ["d~~**x", "both", "opens"],
  ["d**~~x", "both", "closes"],
  ["〰**a", "both", "opens"],
  ["😀**a", "opens", "opens"],
  ["∇**a", "opens", "opens"],
])("beside %j the run is %s, and by CommonMark alone %s", (text, expected, common) => {
  expect(sides(text)).toBe(expected);
  expect(sides(text, false)).toBe(common);
});
