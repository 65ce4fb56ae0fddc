import { expect, test } from "vitest";
import { Markdown } from "../../../src/core/markdown/parser.ts";
import { CORPORA } from "./corpora.ts";
import { atRandom, byCharacter, pieces, whole } from "./feed.ts";
import { HOSTILE } from "./hostile.ts";
import { html } from "./html.ts";
import { TEST_TIMEOUT_MS } from "./scraps.ts";

/** The HTML that shows once `text` has come character by character and more may follow. */
function shown(text: string): string {
  const markdown = new Markdown();
  for (const unit of text) markdown.push(unit);
  return html(markdown.root).replaceAll("\n", "");
}

test.each([
  ["a **b", "<p>a <strong>b</strong></p>"],
  ["a *b", "<p>a <em>b</em></p>"],
  ["***b", "<p><em><strong>b</strong></em></p>"],
  ["~~b", "<p><del>b</del></p>"],
  ["a `b", "<p>a <code>b</code></p>"],
  ["[a](https://exa", '<p><a href="">a</a></p>'],
  ["![a", '<p><img src="" alt="a" /></p>'],
  ["```\nb", "<pre><code>b</code></pre>"],
  ["| a | b", "<table><thead><tr><th>a</th><th>b</th></tr></thead></table>"],
  ["$$\nx^2", "<math block>x^2</math>"],
  ["a $x^2", "<p>a <math>x^2</math></p>"],
  ["a \\(x", "<p>a <math>x</math></p>"],
  ["# a", "<h1>a</h1>"],
  ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
])("what is unfinished shows in its coming form: %j", (text, expected) => {
  expect(shown(text)).toBe(expected);
});

test.each([
  ["a **b** c", /\*/],
  ["a `b c` d", /`/],
  ["[a](https://b.c) d", /\]|\(/],
  ["![a](b) c", /!|\[/],
  ["a[^1] b\n\n[^1]: c\n", /\[/],
  ["```py\na\n```\nb\n", /`|<p>a/],
  ["a\n===\n\nb\n---\n", /=|-|<hr/],
  ["| a |\n|:-:|\n| b |\n", /\||<p>/],
  ["- a\n- b\n", /-/],
  ["- [x] a\n", /\[|\]/],
  ["1. a\n2. b\n", /1|2/],
  ["> a\n> b\n", /&gt;/],
  ["$$\nx\n$$\n", /\$/],
  ["a &amp; b", /&amp;a/],
  ["[a]: /b\n\nc\n", /\[|:/],
])("no mark shows as text for a moment while %j comes", (text, mark) => {
  byCharacter(text, (markdown) => expect(html(markdown.root).replaceAll("<br />", "")).not.toMatch(mark));
});

test.each(["a [b", "a[i", "2 * 3", "$5 and", "a ** b", "x < y", "snake_case_"])(
  "%j stays as it is",
  (text) => {
    expect(shown(text)).toBe(`<p>${text.replace("<", "&lt;").replace(/_$/, "")}</p>`);
  },
);

test("raw HTML is text", () => {
  expect(html(whole("<p>a</p>\n\n<script>\n").root)).toBe(
    "<p>&lt;p&gt;a&lt;/p&gt;</p>\n<p>&lt;script&gt;</p>\n",
  );
});

test("every kind of line end gives the same tree, wherever it is cut", () => {
  const text = CORPORA.mixed?.(3000) ?? "";
  const expected = whole(text).root;
  for (const end of ["\r\n", "\r"]) {
    const other = text.replaceAll("\n", end);
    expect(whole(other).root).toEqual(expected);
    expect(byCharacter(other).root).toEqual(expected);
    expect(atRandom(other, 1).root).toEqual(expected);
  }
});

test("a carriage return that ends the text ends a line, though it is empty", () => {
  expect(byCharacter("```\na\r\r").root).toEqual(whole("```\na\n\n").root);
});

test("spaces that are not ASCII are text", () => {
  const text = "a\n- \u00a0b\n1. \u000bc";
  expect(byCharacter(text).root).toEqual(whole(text).root);
  expect(whole(text).root.children).toMatchObject([
    { kind: "paragraph" },
    { kind: "list" },
    { kind: "list" },
  ]);
});

test("a piece that ends inside a character shows no part of it", () => {
  const markdown = new Markdown();
  markdown.push("a \ud83d");
  expect(html(markdown.root)).toBe("<p>a</p>\n");
  markdown.push("\ude00");
  expect(html(markdown.root)).toBe("<p>a 😀</p>\n");
});

test("NUL is replaced, and half a character is kept", () => {
  expect(html(byCharacter("a\0b").root)).toBe("<p>a\ufffdb</p>\n");
  for (const text of ["\ud83d", "a\udc00b", "\ud83d\n", "# \ud83d\r", "**\ud83d**"]) {
    expect(byCharacter(text).root).toEqual(whole(text).root);
  }
});

test("empty pieces change nothing", () => {
  const markdown = new Markdown();
  for (const text of ["", "*a", "", "*\n", ""]) markdown.push(text);
  markdown.end();
  markdown.end();
  expect(html(markdown.root)).toBe("<p><em>a</em></p>\n");
  expect(whole("").root.children).toEqual([]);
});

test("after the end more text is an error", () => {
  const markdown = whole("a");
  expect(() => markdown.push("b")).toThrow("after end()");
});

for (const [name, make] of Object.entries(CORPORA)) {
  test(`${name}: four times the text costs four times the work`, () => {
    for (const size of [40, 400]) {
      const [less, more] = [16_000, 64_000].map((length) => pieces(make(length), () => size).work);
      expect((more as number) / (less as number)).toBeLessThan(4.4);
    }
  });
}

function depthOf(node: unknown): number {
  if (typeof node !== "object" || node === null) return 0;
  return 1 + Math.max(0, ...Object.values(node).map(depthOf));
}

const LENGTH_CHARS = 8000;
const PIECES = 50;

test(
  "hostile text costs a few steps a character, and at worst its length again with each piece",
  () => {
    for (const [name, make] of Object.entries(HOSTILE)) {
      const text = make(LENGTH_CHARS);
      expect.soft(whole(text).work / text.length, name).toBeLessThan(10);
      const { work, root } = pieces(text, () => LENGTH_CHARS / PIECES);
      expect.soft(work / text.length / PIECES, name).toBeLessThan(1);
      // Each level of the tree is an array and a node; more levels would overflow a view's call stack.
      expect.soft(depthOf(root) / 2, name).toBeLessThan(80);
    }
  },
  TEST_TIMEOUT_MS,
);

test("a long line is parsed piece by piece", () => {
  const line = "the quick brown fox, **jumps** over `a lazy` dog and ";
  const [less, more] = [200, 800].map((count) => pieces(line.repeat(count), () => 40).work);
  expect((more as number) / (less as number)).toBeLessThan(4.4);
});

test("a definition whose title never ends soon shows as a paragraph", () => {
  const text = `[a]: b "${"words\n".repeat(1_000)}`;
  const streamed = new Markdown();
  streamed.push(text);
  expect(streamed.root.children[0]?.kind).toBe("paragraph");
  expect(html(pieces(text, () => 7).root)).toBe(html(whole(text).root));
});
