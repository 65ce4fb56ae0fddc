import { expect, test } from "vitest";
import { parseInlines } from "../../../src/core/markdown/inline.ts";
import { References } from "../../../src/core/markdown/references.ts";
import { lineOf } from "./html.ts";

function parsed(text: string, open = false): string {
  const references = new References(true);
  references.define("Ref", { href: "/r", title: "" });
  return lineOf(parseInlines(text, references, open).nodes);
}

test.each([
  ["[ref]", '<a href="/r">ref</a>'],
  ["[a][ REF ]", '<a href="/r">a</a>'],
  ["[ref][]", '<a href="/r">ref</a>'],
  ["[ref][none]", "[ref][none]"],
  ["[a [b](c) d](e)", '[a <a href="c">b</a> d](e)'],
  ["![a *b*](c)", '<img src="c" alt="a b" />'],
  ["![a [b](c)](d)", '<img src="d" alt="a b" />'],
  ["[![a](b)](c)", '<a href="c"><img src="b" alt="a" /></a>'],
  ["*a [b*](c)", '*a <a href="c">b*</a>'],
  ["[a](b", "[a](b"],
  ["![a", "![a"],
])("%j comes out as %j", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test("a link without its end and an image without its address show while they are written", () => {
  expect(parsed("[a](b", true)).toBe('<a href="">a</a>');
  expect(parsed("a ![b *c", true)).toBe('a <img src="" alt="b *c" />');
});

test("notes are numbered in the order of their first use", () => {
  expect(parsed("[^b] [^a] [^b]")).toBe("<sup>1</sup> <sup>2</sup> <sup>1</sup>");
});

test("the labels without a definition are noted", () => {
  const { missed, notes } = parseInlines("[a] [b][C] [^d]", new References(true), false);
  expect([...missed]).toEqual(["A", "C"]);
  expect([...notes]).toEqual(["D"]);
});
