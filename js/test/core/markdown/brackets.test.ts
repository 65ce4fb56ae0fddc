import { expect, test } from "vitest";
import { parseInlines } from "../../../src/core/markdown/inline.ts";
import { References } from "../../../src/core/markdown/references.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";
import { html, lineOf } from "./html.ts";

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

/** The HTML at the end, which is the same however the text is cut. */
function ended(text: string): string {
  const { root } = whole(text);
  for (const seed of [1, 2, 3]) expect(atRandom(text, seed).root).toEqual(root);
  expect(byCharacter(text).root).toEqual(root);
  return html(root);
}

test.each([
  ["Great![^1]\n\n[^1]: note", "<p>Great!<sup>1</sup></p>"],
  ["Great![^a-b] and ![^a-b], so.\n\n[^a-b]: note", "<p>Great!<sup>1</sup> and !<sup>1</sup>, so.</p>"],
  ["![^1](x.png)", '<p><img src="x.png" alt="^1" /></p>'],
  ["![^1][a]\n\n[a]: x.png", '<p><img src="x.png" alt="^1" /></p>'],
  ["![a [^1]](x.png)\n\n[^1]: note", '<p><img src="x.png" alt="a " /></p>'],
  ["Great![^1]", "<p>Great![^1]</p>"],
  ["[^_a_] *b*", "<p>[^_a_] <em>b</em></p>"],
  ["[^a](b)", '<p><a href="b">^a</a></p>'],
])("a note behind an exclamation mark is a note: %j", (text, expected) => {
  expect(ended(text).split("\n")[0]).toBe(expected);
});

test.each(["[^1]:    four", "[^1]:     five", "[^1]:\ttab", "[^1]: \t both"])(
  "the text of the note %j is a paragraph",
  (text) => {
    expect(ended(`a[^1]\n\n${text}\n`)).toMatch(/<aside id="1">\n<p>\w+<\/p>\n<\/aside>/);
  },
);
