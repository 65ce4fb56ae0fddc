import { expect, test } from "vitest";
import { byCharacter, whole } from "../feed.ts";
import { html, htmlInAnyCut } from "../html.ts";

test.each([
  ["H<sub>2</sub>O and x<sup>2</sup>", "H<sub>2</sub>O and x<sup>2</sup>"],
  ["Press <kbd>Ctrl</kbd>+<kbd>C</kbd>.", "Press <kbd>Ctrl</kbd>+<kbd>C</kbd>."],
  [
    "<mark>a</mark> <u>b</u> <ins>c</ins> <small>d</small>",
    "<mark>a</mark> <u>b</u> <u>c</u> <small>d</small>",
  ],
  [
    "<b>a</b> <strong>b</strong> <i>c</i> <em>d</em>",
    "<strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em>",
  ],
  ["<s>a</s> <strike>b</strike> <del>c</del>", "<del>a</del> <del>b</del> <del>c</del>"],
  ["<SUB>a</Sub > <B\t>b</b>", "<sub>a</sub> <strong>b</strong>"],
  ["<b>a *b* `c` [d](e)</b>", '<strong>a <em>b</em> <code>c</code> <a href="e">d</a></strong>'],
  ["**a<sub>b</sub>** *<kbd>c</kbd>*", "<strong>a<sub>b</sub></strong> <em><kbd>c</kbd></em>"],
  ["[a <b>b</b>](c)", '<a href="c">a <strong>b</strong></a>'],
  ["<b>a\nb</b>", "<strong>a\nb</strong>"],
  ["a<br>b<br/>c<br />d<BR >e", "a<br />\nb<br />\nc<br />\nd<br />\ne"],
  ["<code>a*b*c &lt;b&gt; __d__</code>", "<code>a*b*c &lt;b&gt; __d__</code>"],
  ["<code>a\nb</code > c </code>", "<code>a b</code> c &lt;/code&gt;"],
])("tags without attributes are elements of the tree: %j", (text, expected) => {
  expect(htmlInAnyCut(text)).toBe(`<p>${expected}</p>`);
});

test.each([
  "Use <b> for bold, or <sub>.",
  "a </b> b </sub>",
  '<b class="x">a</b>',
  "<b onclick=alert(1)>a",
  "<sub/>a",
  "<a href=x>a</a>",
  "<span>a</span> <script>alert(1)</script> <img src=x>",
  "x <y> z, List<int>, a<b",
  "\\<b>a\\</b>",
  "<code>a",
  "< b>a</ b>",
])("other tags, and tags without a partner, are text: %j", (text) => {
  const shown = text
    .replaceAll("\\", "")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
  expect(htmlInAnyCut(text)).toBe(`<p>${shown}</p>`);
});

test.each([
  ["<b>a <i>b</b> c</i>", "<strong>a &lt;i&gt;b</strong> c&lt;/i&gt;"],
  ["*a <b>b* c</b>", "<em>a &lt;b&gt;b</em> c&lt;/b&gt;"],
  ["<b>a</strong></b>", "<strong>a&lt;/strong&gt;</strong>"],
  ["[a <b>b](c) d</b>", '<a href="c">a &lt;b&gt;b</a> d&lt;/b&gt;'],
  ["`<b>`a</b>", "<code>&lt;b&gt;</code>a&lt;/b&gt;"],
  ["<b>a\n\nb</b>", "<strong>a"],
])("a tag that crosses another element is text, and the rest is shown: %j", (text, expected) => {
  if (text.includes("\n\n")) expect(htmlInAnyCut(text)).toBe("<p>&lt;b&gt;a</p>\n<p>b&lt;/b&gt;</p>");
  else expect(htmlInAnyCut(text)).toBe(`<p>${expected}</p>`);
});

test("tags are elements in the cells of a table, in headings and in items", () => {
  expect(htmlInAnyCut("|a<br>b|\n|-|\n|<sub>c</sub><br>d|")).toContain("<td><sub>c</sub><br />\nd</td>");
  expect(htmlInAnyCut("# a<sup>2</sup>")).toBe("<h1>a<sup>2</sup></h1>");
  expect(htmlInAnyCut("- <kbd>a</kbd>")).toContain("<kbd>a</kbd>");
});

test.each([
  ["a <sub>b</sub> c", /&lt;|&gt;/],
  ["a **<b>c</b>** d", /&lt;|\*/],
  ["a<br>b<br />c", /&lt;/],
  ["<code>a<b>c</code> d", /code&gt;|&lt;\//],
  ["a <!-- b --> c", /&lt;|b|!|-/],
])("no part of a tag is shown while %j comes", (text, mark) => {
  byCharacter(text, (markdown) => expect(html(markdown.root)).not.toMatch(mark));
});

test("with CommonMark alone a tag is text", () => {
  expect(html(whole("<b>a</b><br>", { extensions: false }).root)).toContain("&lt;b&gt;a");
});

test("deep tags stay text at the limit, and so cannot make a tree too deep", () => {
  const text = `${"<b>".repeat(2000)}a${"</b>".repeat(2000)}`;
  expect(html(whole(text).root).match(/<strong>/g)?.length).toBeLessThanOrEqual(24);
});
