import { expect, test } from "vitest";
import {
  addSummaryLine,
  details,
  mayBeDetails,
  summary,
  takeEnd,
} from "../../../../src/core/markdown/html/details.ts";
import { Markdown } from "../../../../src/core/markdown/parser.ts";
import { byCharacter, whole } from "../feed.ts";
import { html, htmlInAnyCut } from "../html.ts";

/** Return the HTML of a text without its line ends. */
function parsed(text: string): string {
  return htmlInAnyCut(text).replaceAll("\n", "");
}

const A = "<summary>A</summary>";

test.each([
  [
    "<details>\n<summary>A</summary>\n\nb **c**\n\n- d\n\n</details>\n\ne",
    `<details>${A}<p>b <strong>c</strong></p><ul><li>d</li></ul></details><p>e</p>`,
  ],
  ["<details><summary>A</summary>\nb\n</details>\ne", `<details>${A}<p>b</p></details><p>e</p>`],
  ["<details><summary>A</summary>b</details>", `<details>${A}<p>b</p></details>`],
  [
    "<details>\n<summary>A</summary>b\nc</details>d</details>",
    `<details>${A}<p>bc&lt;/details&gt;d</p></details>`,
  ],
  [
    "<details>\n<summary>\nA *b*\n</summary>\nc\n</details>",
    "<details><summary>A <em>b</em></summary><p>c</p></details>",
  ],
  ["<details><summary>A\nb</summary> c</details>", "<details><summary>Ab</summary><p>c</p></details>"],
  [
    "<details><summary><b>A</b> `c`</summary></details>",
    "<details><summary><strong>A</strong> <code>c</code></summary></details>",
  ],
  ["<details>\n\nb\n\n</details>", "<details><p>b</p></details>"],
  ["<details><summary></summary>b</details>", "<details><p>b</p></details>"],
  ["<details open>\n<summary>A</summary>\nb\n</details>", `<details open>${A}<p>b</p></details>`],
  ['<DETAILS OPEN="">\nb\n</Details >  ', "<details open><p>b</p></details>"],
  ["a\n<details>\nb\n</details> c", "<p>a</p><details><p>b</p></details><p>c</p>"],
  [
    "<details>\n\n```\n</details>\n```\n\n</details>\nd",
    "<details><pre><code>&lt;/details&gt;</code></pre></details><p>d</p>",
  ],
  ["<details>\n\n- b\n</details>\nc", "<details><ul><li>b</li></ul></details><p>c</p>"],
  [
    "- <details>\n  <summary>A</summary>\n\n  b\n  </details>\n- c",
    `<ul><li><details>${A}<p>b</p></details></li><li>c</li></ul>`,
  ],
  ["> <details>\n> b\n> </details>\n\nc", "<blockquote><details><p>b</p></details></blockquote><p>c</p>"],
  [
    "<details>\n<details>\nb\n</details>\nc\n</details>\nd",
    "<details><details><p>b</p></details><p>c</p></details><p>d</p>",
  ],
  ["<details>\n# b</details>", "<details><h1>b</h1></details>"],
  [
    "<details>\n|a|\n|-|\n|b|\n</details>\nc",
    "<details><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table></details><p>c</p>",
  ],
  ["<details>\n$$\nx\n$$\n</details>", "<details><math block>x</math></details>"],
])("a part that may be folded holds blocks: %j", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test.each([
  ["<details>\n<summary>A</summary>\n\nb\n\n# c", `<details unended>${A}<p>b</p><h1>c</h1></details>`],
  ["> <details>\n> b\n\nc", "<blockquote><details unended><p>b</p></details></blockquote><p>c</p>"],
  ["- <details>\n  b\n- c", "<ul><li><details unended><p>b</p></details></li><li>c</li></ul>"],
  ["<details><summary>A</details>\n", "<details unended><summary>A&lt;/details&gt;</summary></details>"],
  ["<details>\n<summary>A\n\nb", "<details unended><summary>A</summary><p>b</p></details>"],
])("a part without an end is known as such, so that it hides nothing: %j", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test.each([
  ["a\n\n</details>\n\nb", "<p>a</p><p>&lt;/details&gt;</p><p>b</p>"],
  ["<summary>A</summary>", "<p>&lt;summary&gt;A&lt;/summary&gt;</p>"],
  [
    "<details>\na\n<summary>A</summary>\n</details>",
    "<details><p>a&lt;summary&gt;A&lt;/summary&gt;</p></details>",
  ],
  ["<details class=x>\na", "<p>&lt;details class=x&gt;a</p>"],
  ["a <details> b", "<p>a &lt;details&gt; b</p>"],
  ["<detail>", "<p>&lt;detail&gt;</p>"],
  ["    <details>", "<pre><code>&lt;details&gt;</code></pre>"],
  ["`<details>`", "<p><code>&lt;details&gt;</code></p>"],
])("other tags are text: %j", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test("no part of a tag is shown while it comes", () => {
  const text = "<details>\n<summary>Show <b>it</b></summary>\n\nb\n\n</details>\nc";
  byCharacter(text, (markdown) => expect(html(markdown.root)).not.toMatch(/&lt;|&gt;/));
});

test("with CommonMark alone the tags are text", () => {
  expect(html(whole("<details>\na\n</details>", { extensions: false }).root)).toContain("&lt;details&gt;");
});

test("parts that are nested too deep are text", () => {
  const { root } = whole("<details>\n".repeat(200));
  expect(html(root).match(/<details/g)?.length).toBeLessThan(30);
});

test("the parser uses these rules", () => {
  expect([details, summary, addSummaryLine, takeEnd].map((rule) => typeof rule)).toEqual(
    Array(4).fill("function"),
  );
  expect(["<", "<det", "</details", "<details op", "<b"].every(mayBeDetails)).toBe(true);
  expect(["<details>", "a", "<b>"].some(mayBeDetails)).toBe(false);
  expect(new Markdown().root.children).toEqual([]);
});
