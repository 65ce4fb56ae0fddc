import { expect, test } from "vitest";
import { parseInlines } from "../../../src/core/markdown/inline.ts";
import { References } from "../../../src/core/markdown/references.ts";
import { named } from "./entity-names.ts";
import { lineOf } from "./html.ts";

function parsed(text: string, open = false, extensions = true): string {
  return lineOf(parseInlines(text, new References(extensions, named), open).nodes);
}

test.each([
  ["a\\*b\\z", "a*b\\z"],
  ["a\\\nb", "a<br />\nb"],
  ["a  \n b", "a<br />\nb"],
  ["a \n b", "a\nb"],
  ["`` a`b ``", "<code>a`b</code>"],
  ["` `", "<code> </code>"],
  ["`a *b`*", "<code>a *b</code>*"],
  ["`a", "`a"],
  ["*`a*`", "*<code>a*</code>"],
  ["$a$ $5 and $6", "<math>a</math> $5 and $6"],
  ["\\(a\\) \\[b\\]", "<math>a</math> <math display>b</math>"],
  ["a <b>", "a &lt;b&gt;"],
  ["&copy; &copy", "© &amp;copy"],
])("%j is %j", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test("CommonMark alone knows no math, no strikethrough, no notes and no bare addresses", () => {
  const text = "$a$ ~~b~~ [^c] www.a.b x@y.z \\(d\\)";
  expect(parsed(text, false, false)).toBe("$a$ ~~b~~ [^c] www.a.b x@y.z (d)");
});

test.each([
  "a*",
  "a**",
  "a\\",
  "a`",
  "a[",
  "a![",
  "a]",
  "a<",
  "a&am",
  "a&#x4",
  "a$",
  "a\\(",
  "a[^b",
  "a[^b]",
  "a~~",
])("the end of %j is held back while it is ambiguous", (text) => {
  expect(parsed(text, true)).toBe("a");
});

test("a text that was held back shows once the text has ended", () => {
  for (const text of ["a*", "a[", "a\\", "a$"]) expect(parsed(text)).toBe(text);
});

test("spaces and line ends at the end are dropped", () => {
  expect(parsed("a  \n")).toBe("a");
  expect(parsed("a `b ` ", true)).toBe("a <code>b </code>");
});
