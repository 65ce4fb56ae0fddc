import { expect, test } from "vitest";
import { Markdown } from "../../../../src/core/markdown/parser.ts";
import { whole } from "../feed.ts";
import { html } from "../html.ts";
import { every } from "./every.ts";

test.each([
  [
    "So we get $$\na\n= b\n- c\n$$ as claimed.",
    "<p>So we get <math display>a\n= b\n- c</math> as claimed.</p>",
  ],
  ["So $$a\n# b\n- c$$ as *claimed*.", "<p>So <math display>a\n# b\n- c</math> as <em>claimed</em>.</p>"],
  ["So \\[\n| a\n> b\n\\] as claimed.", "<p>So <math display>| a\n> b</math> as claimed.</p>"],
  ["So \\begin{CD}\n1. a\n\\end{CD} as", "<p>So <math display>\\begin{CD}\n1. a\n\\end{CD}</math> as</p>"],
  ["$$ a\n- b\n$$", "<p><math display>a\n- b</math></p>"],
  ["- So $$\n  - a\n  $$ b\n- c", "<ul><li>So <math display>- a</math> b</li><li>c</li></ul>"],
  ["> So $$\n> - a\n> $$ b", "<blockquote><p>So <math display>- a</math> b</p></blockquote>"],
  [
    "a $x$ and `$$` and $$\n- b\n$$",
    "<p>a <math>x</math> and <code>$$</code> and <math display>- b</math></p>",
  ],
  [
    "a $$b$$ $$\n- c\n$$ d $$\n- e\n$$",
    "<p>a <math display>b</math> <math display>- c</math> d <math display>- e</math></p>",
  ],
])("the formula in %j is one", (text, expected) => {
  expect(every(text).replaceAll("&gt;", ">")).toBe(expected);
});

test.each([
  ["It costs $$ and\n- a\n\n$$", "<p>It costs $$ and</p><ul><li>a</li></ul><p>$$</p>"],
  ["It costs $$\n- a\n# b\n\n$$", "<p>It costs $$</p><ul><li>a</li></ul><h1>b</h1><p>$$</p>"],
  ["a `$$\n- b` c", "<p>a `$$</p><ul><li>b` c</li></ul>"],
  ["a `$$`\n- b $$", "<p>a <code>$$</code></p><ul><li>b $$</li></ul>"],
  ["- a $$\n- b $$", "<ul><li>a $$</li><li>b $$</li></ul>"],
  ["> a $$\n- b $$", "<blockquote><p>a $$</p></blockquote><ul><li>b $$</li></ul>"],
  ["a \\[\n# b\nc \\[\n- d\n\n\\]", "<p>a [</p><h1>b</h1><p>c [</p><ul><li>d</li></ul><p>]</p>"],
  ["a \\$$\n- b\n$$", "<p>a $$</p><ul><li>b</li></ul><p>$$</p>"],
  ["$$ a\n\nb $$", "<p>$$ a</p><p>b $$</p>"],
  ["$$\na\n\nb\n$$\n\nc", "<p>$$\na</p><p>b</p><p>$$</p><p>c</p>"],
  ["a $$\n- b $$ $$\n- c\n\nd", "<p>a <math display>- b</math> $$</p><ul><li>c</li></ul><p>d</p>"],
])("the mark in %j is text, and the lines behind it are blocks", (text, expected) => {
  expect(every(text)).toBe(expected);
});

test("the lines behind a mark are blocks after ten thousand characters", () => {
  const text = `a $$\n${"- b\n".repeat(2_600)}`;
  const markdown = new Markdown();
  markdown.push(text);
  expect(markdown.root.children.map(({ kind }) => kind)).toEqual(["paragraph", "list"]);
  expect(html(markdown.root)).toBe(html(whole(text).root));
});
