import { expect, test } from "vitest";
import { Markdown } from "../../../../src/core/markdown/parser.ts";
import { html } from "../html.ts";
import { every } from "./every.ts";

const ALIGN = "\\begin{align}\na &= b \\\\\n- c\n\\end{align}";
const ALIGN_SHOWN = ALIGN.replaceAll("&", "&amp;");

test.each([
  [
    "$$\nx = 1\n$$.\n\nThe **next**\n\n## Head",
    "<math block>x = 1</math><p>.</p><p>The <strong>next</strong></p><h2>Head</h2>",
  ],
  ["\\[\nx\n\\], where *x* is\nsmall.", "<math block>x</math><p>, where <em>x</em> is\nsmall.</p>"],
  ["- $$\n  x\n  $$ a\n- b", "<ul><li><math block>x</math>\na</li><li>b</li></ul>"],
  ["> \\[\n> x\n> \\].\n> a", "<blockquote><math block>x</math><p>.\na</p></blockquote>"],
  ["$$\nx\n$$ $$\ny\n$$", "<math block>x</math><p><math display>y</math></p>"],
  ["$$x$$ and $$y$$.", "<p><math display>x</math> and <math display>y</math>.</p>"],
  ["a\n$$x$$\nb", "<p>a</p><math block>x</math><p>b</p>"],
  [`a\n\n${ALIGN}\n\nb`, `<p>a</p><math block>${ALIGN_SHOWN}</math><p>b</p>`],
  [`a\n${ALIGN}, *b*`, `<p>a</p><math block>${ALIGN_SHOWN}</math><p>, <em>b</em></p>`],
  ["\\begin{CD}a\\end{CD}", "<math block>\\begin{CD}a\\end{CD}</math>"],
  ["\\begin{equation*}\nx\n\\end{equation*}", "<math block>\\begin{equation*}\nx\n\\end{equation*}</math>"],
  ["\\begin{itemize}\n- a", "<p>\\begin{itemize}</p><ul><li>a</li></ul>"],
  ["```math\nx^2\n\n- y\n```\na", "<math block>x^2\n\n- y</math><p>a</p>"],
  ["~~~ math\nx", "<math block>x</math>"],
  ["```math title\nx\n```", '<pre><code class="language-math">x</code></pre>'],
])("%j has the formula that a reader sees", (text, expected) => {
  expect(every(text)).toBe(expected);
});

test.each([
  ["$$\na *b*\n- c\n\n# d", "<p>$$\na <em>b</em></p><ul><li>c</li></ul><h1>d</h1>"],
  ["> $$\n> x\n\na", "<blockquote><p>$$\nx</p></blockquote><p>a</p>"],
  ["- \\[\n  x\nb", "<ul><li>[\nx\nb</li></ul>"],
  ["\\begin{align}\n- a\n\nb", "<p>\\begin{align}</p><ul><li>a</li></ul><p>b</p>"],
  ["$$\n\na\n$$", "<p>$$</p><p>a</p><p>$$</p>"],
  ["a\n\n- \\[\n- \\[x=1\n- $$y", "<p>a</p><ul><li>[</li><li>[x=1</li><li>$$y</li></ul>"],
  ["\\[foo](url)", "<p>[foo](url)</p>"],
  ["a\n\\[foo](url) *b*\n- c", "<p>a\n[foo](url) <em>b</em></p><ul><li>c</li></ul>"],
  ["\\[ ] a task, \\[x] a task", "<p>[ ] a task, [x] a task</p>"],
])("%j has no closing mark and is text", (text, expected) => {
  expect(every(text)).toBe(expected);
});

test("a formula that the end of the text leaves open stays a formula", () => {
  expect(every("$$\nx^2")).toBe("<math block>x^2</math>");
  expect(every("\\begin{align}\nx")).toBe("<math block>\\begin{align}\nx</math>");
});

test("an escaped bracket is never shown as a formula while its text comes", () => {
  const text = "\\[foo](url) and more";
  const markdown = new Markdown();
  for (const char of text) {
    markdown.push(char);
    expect(html(markdown.root)).not.toContain("math");
    expect("<p>[foo](url) and more</p>").toContain(html(markdown.root).replace("</p>\n", ""));
  }
});
