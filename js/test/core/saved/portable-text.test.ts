import { expect, test } from "vitest";
import { closeCells, writeOut, writeStrong } from "../../../src/core/saved/portable-text.ts";
import { makeSafe } from "../../../src/core/saved/safe-markdown.ts";
import { whole } from "../markdown/feed.ts";
import { html } from "../markdown/html.ts";
import { RENDERERS } from "../renderers.ts";

const TEXTS = [
  "泡3~5分钟，再等10~20分钟。~~two~~ `a~b~c`",
  "The small plan (~$3) and the large plan (~$12).",
  "- > 25: rich\n- >= 10\n- < 3\n\n1. >$5\n2. a",
  "请看 https://example.com/a。这是 **https://a.b/c**。“https://example.com/a”—twice",
  "[看 https://a.b/c。](https://d.e) `https://a.b/c。`",
  "请记住**先保存。**然后关闭。이것은 **중요(필독)**입니다. **`npm publish`**를 **ok** yes",
  "| a | b |\n|---|---|\n| `a|b` | `c|<d` |\n| a | b | c |",
];

/** Return the texts of a page's struck, strong, linked, quoted and coded parts and of its cells. */
function parts(page: string): string[] {
  const clean = page
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code).replace("<", "&lt;"))
    .replaceAll("&quot;", '"')
    .replaceAll("&gt;", ">")
    .replace(/<(\/?)s>/g, "<$1del>");
  const plain = (part: string) => part.replace(/<[^>]*>/g, "").trim();
  const found = [...clean.matchAll(/<(del|strong|blockquote|code|td|li)[^>]*>([\s\S]*?)<\/\1>/g)];
  const links = [...clean.matchAll(/<a href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)];
  return [
    plain(clean).replace(/\s+/g, " "),
    ...found.map(([, tag, part = ""]) => `${tag} ${plain(part)}`),
    ...links.map(([, href, part = ""]) => `${href} ${plain(part)}`),
  ];
}

test.each(TEXTS)("%j is the same on the page and in the renderers of the file", (text) => {
  const page = parts(html(whole(text).root));
  for (const [name, render] of Object.entries(RENDERERS)) {
    expect(parts(render(makeSafe(text))), name).toEqual(page);
  }
  expect(parts(html(whole(text).root))).toEqual(page);
});

test("a formula's pipe in a cell is a command, which every renderer of formulas knows", () => {
  const row = "| $P(A|B)$ | \\(|x|\\) |";
  expect(closeCells(["| a | b |", "|-|-|", row])[2]).toBe("| $P(A\\vert B)$ | \\(\\vert x\\vert \\) |");
  expect(closeCells(["| a | b | c | d | e | f |", "|-|-|-|-|-|-|", row])[2]).toBe(row);
  expect(closeCells([row, "text"])).toEqual([row, "text"]);
});

test("one tilde, an address before a space and strong emphasis elsewhere stay as they are", () => {
  const text = "about ~5, https://a.b/c and **bold**。";
  expect(writeOut([text])).toEqual([text]);
  expect(writeStrong(text)).toBe(text);
  expect(writeStrong("**“a”**b 中")).toBe("**“a”**b 中");
  expect(writeOut([])).toEqual([]);
});
