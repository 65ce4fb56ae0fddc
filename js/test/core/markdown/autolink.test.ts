import { expect, test } from "vitest";
import { angledAt, schemeAround, wwwAround } from "../../../src/core/markdown/autolink.ts";
import { byCharacter, whole } from "./feed.ts";
import { html } from "./html.ts";

test("an address between angle brackets is a link", () => {
  expect(angledAt("<ab:c>", 0, false)).toMatchObject({ node: { kind: "link", href: "ab:c" }, end: 6 });
  expect(angledAt("<a@b.c>", 0, false)).toMatchObject({ node: { href: "mailto:a@b.c" } });
  for (const text of ["<ab:c d>", "<a b@c>", "<ab:c", "<>"]) expect(angledAt(text, 0, false)).toBeUndefined();
});

test("a link that is still being written has no address", () => {
  expect(angledAt("<https://exa", 0, true)).toMatchObject({ node: { href: "" }, end: 12 });
  expect(angledAt("<div cl", 0, true)).toBeUndefined();
});

function schemeIn(text: string, from = 0, marks = "") {
  return schemeAround({ text, from, growing: false, marks }, text.indexOf(":", from));
}

function wwwIn(text: string, from = 0) {
  return wwwAround({ text, from, growing: false, marks: "" }, text.indexOf(".", from));
}

test.each([
  ["see https://a.b/c.", "https://a.b/c"],
  ["(http://a.b/(c))", "http://a.b/(c)"],
  ["http://a.b/?c=d&amp;", "http://a.b/?c=d"],
  ["http://a.b<c", "http://a.b"],
  ["[https://a.b/c](d)", "https://a.b/c"],
  ["https://a.b/c]", "https://a.b/c"],
  ["https://a.b/?c[]=1[2]]", "https://a.b/?c[]=1[2]"],
  ["看https://a.b/c。这", "https://a.b/c"],
  ["“https://a.b/c”—twice", "https://a.b/c"],
  ["（https://a.b/c）", "https://a.b/c"],
  ["https://a.b/c،ثم", "https://a.b/c"],
  ["https://a.b/c।", "https://a.b/c"],
  ["https://a.b/c→d", "https://a.b/c"],
  ["https://a.b/c\u200b.d", "https://a.b/c"],
  ["https://a.b/c\u202ed", "https://a.b/c"],
  ["https://a.b/c\ud800d", "https://a.b/c"],
  ["https://a.b/c…", "https://a.b/c"],
  ["https://a.com은", "https://a.com"],
  ["http://localhost은", "http://localhost"],
  ["https://a.com😀", "https://a.com"],
  ["http://x😀.ga/a", "http://x😀.ga/a"],
  ["https://उदाहरण.परीक्षा/a", "https://उदाहरण.परीक्षा/a"],
  ["https://例子.测试/数据", "https://例子.测试/数据"],
  [
    "https://ja.wikipedia.org/wiki/アルベルト・アインシュタイン。",
    "https://ja.wikipedia.org/wiki/アルベルト・アインシュタイン",
  ],
  [
    "https://en.wikipedia.org/wiki/Michelson–Morley_experiment – a",
    "https://en.wikipedia.org/wiki/Michelson–Morley_experiment",
  ],
  ["https://a.b/**/c", "https://a.b/**/c"],
])("of %j the address is %j", (text, address) => {
  expect(schemeIn(text)?.node).toMatchObject({ href: address });
});

test("the marks before an address end it too", () => {
  expect(schemeIn("**https://a.b/c**后", 2, "**")?.node).toMatchObject({ href: "https://a.b/c" });
  expect(html(whole("**https://a.b/c**后 ~~http://d~~。https://a.b/**/c").root)).toBe(
    '<p><strong><a href="https://a.b/c">https://a.b/c</a></strong>后 <del><a href="http://d">http://d</a></del>。' +
      '<a href="https://a.b/**/c">https://a.b/**/c</a></p>\n',
  );
});

test("an address does not begin inside a word, and its domain has no underscore at the end", () => {
  expect(schemeIn("xhttp://a.b")).toBeUndefined();
  expect(schemeIn("http://a.b_c")).toBeUndefined();
  expect(wwwIn("awww.b.c")).toBeUndefined();
  expect(wwwIn("www.")).toBeUndefined();
});

test("www gets its scheme, also beside another script", () => {
  expect(wwwIn("*www.a.b", 1)).toMatchObject({ start: 1, node: { href: "http://www.a.b" } });
  expect(wwwIn("（www.a.b）")).toMatchObject({ start: 1, node: { href: "http://www.a.b" } });
});

test.each(["see https://a.b/c?d=e", "www.a.b.c/d", "to a.b@c.de.fr"])(
  "while %j comes, its link has no address or the whole one",
  (text) => {
    const [last] = html(whole(text).root).match(/href="[^"]+"/) ?? [];
    byCharacter(text, ({ root }) =>
      expect(['href=""', last, undefined]).toContain(html(root).match(/href="[^"]*"/)?.[0]),
    );
  },
);

test("an address inside a link is text, and the link's own address counts", () => {
  expect(html(whole("[www.a.b](c)").root)).toBe('<p><a href="c">www.a.b</a></p>\n');
  expect(html(whole("[Source: https://a.b/c](https://d.e)").root)).toBe(
    '<p><a href="https://d.e">Source: https://a.b/c</a></p>\n',
  );
  expect(html(whole("![https://a.b/c](https://d.e)").root)).toBe(
    '<p><img src="https://d.e" alt="https://a.b/c" /></p>\n',
  );
  expect(html(whole("[https://a.b] [https://a.b][]\n\n[https://a.b]: /c").root)).toBe(
    '<p><a href="/c">https://a.b</a> <a href="/c">https://a.b</a></p>\n',
  );
});
