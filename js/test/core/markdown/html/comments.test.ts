import { expect, test } from "vitest";
import { commentEnd } from "../../../../src/core/markdown/html/comments.ts";
import { htmlInAnyCut } from "../html.ts";

test.each([
  ["a<!-- b --> c", "<p>a c</p>"],
  ["<!-- b -->", ""],
  ["<!-- a\nb -->", ""],
  ["<!-- a -->\n<!-- b -->", ""],
  ["<!--> a", "<p> a</p>"],
  ["a\n<!-- *b* `c\n- d\n# e\n> f\n---\n``` -->\ng", "<p>a\n\ng</p>"],
  ["<!--\n- a\n\\[ $$\n-->\n\nb", "<p>b</p>"],
  ["- a\n\n<!-- -->\n\n- b", "<ul>\n<li>a</li>\n</ul>\n<ul>\n<li>b</li>\n</ul>"],
  ["> <!-- a\n> b -->\n> c", "<blockquote>\n<p>\nc</p>\n</blockquote>"],
  [
    "| a<!-- b --> |\n|-|\n| <!-- c -->d |",
    "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>d</td>\n</tr>\n</tbody>\n</table>",
  ],
])("a comment shows nothing: %j", (text, expected) => {
  expect(htmlInAnyCut(text)).toBe(expected);
});

test.each([
  ["a <!-- b", "<p>a &lt;!-- b</p>"],
  ["a <!-- b\n\n- c -->", "<p>a &lt;!-- b</p>\n<ul>\n<li>c --&gt;</li>\n</ul>"],
  ["<!-- a\n- b\n\nc", "<p>&lt;!-- a</p>\n<ul>\n<li>b</li>\n</ul>\n<p>c</p>"],
  ["`<!-- a -->`", "<p><code>&lt;!-- a --&gt;</code></p>"],
  ["\\<!-- a -->", "<p>&lt;!-- a --&gt;</p>"],
  ["a -->", "<p>a --&gt;</p>"],
  ["<!- a -->", "<p>&lt;!- a --&gt;</p>"],
])("one that does not end in its paragraph is text, and hides nothing: %j", (text, expected) => {
  expect(htmlInAnyCut(text)).toBe(expected);
});

test("a comment of more than the longest formula is text", () => {
  expect(htmlInAnyCut(`<!-- ${"a ".repeat(6_000)}-->b`)).toContain("&lt;!--");
});

test("the end of a comment is found", () => {
  expect([
    commentEnd("a<!-- b -->c", 1),
    commentEnd("<!-->", 0),
    commentEnd("<!-- a", 0),
    commentEnd("a", 0),
  ]).toEqual([11, 5, -1, undefined]);
});
