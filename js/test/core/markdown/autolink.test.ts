import { expect, test } from "vitest";
import { angledAt, mailAround, schemeAround, wwwAround } from "../../../src/core/markdown/autolink.ts";
import { whole } from "./feed.ts";
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

test.each([
  ["see https://a.b/c.", "https://a.b/c"],
  ["(http://a.b/(c))", "http://a.b/(c)"],
  ["http://a.b/?c=d&amp;", "http://a.b/?c=d"],
  ["http://a.b<c", "http://a.b"],
])("of %j the address is %j", (text, address) => {
  expect(schemeAround(text, 0, text.indexOf(":"))?.node).toMatchObject({ href: address });
});

test("an address does not begin inside a word, and its domain has no underscore at the end", () => {
  expect(schemeAround("xhttp://a.b", 0, 5)).toBeUndefined();
  expect(schemeAround("http://a.b_c", 0, 4)).toBeUndefined();
  expect(wwwAround("awww.b.c", 0, 4)).toBeUndefined();
  expect(wwwAround("www", 0, 3)).toBeUndefined();
});

test("www and mail addresses get their scheme", () => {
  expect(wwwAround("*www.a.b", 1, 4)).toMatchObject({ start: 1, node: { href: "http://www.a.b" } });
  expect(mailAround("to a.b@c.de.", 0, 6)).toMatchObject({
    start: 3,
    end: 11,
    node: { href: "mailto:a.b@c.de" },
  });
  for (const text of ["a@b", "@b.c", "a@b.c_"])
    expect(mailAround(text, 0, text.indexOf("@"))).toBeUndefined();
});

test("an address inside a link is text", () => {
  expect(html(whole("[www.a.b](c)").root)).toBe('<p><a href="c">www.a.b</a></p>\n');
});
