import { expect, test } from "vitest";
import { atRandom, byCharacter, whole } from "./feed.ts";
import { html } from "./html.ts";

function addresses(text: string): string[] {
  const ends = [whole(text), byCharacter(text), atRandom(text, 1)].map(({ root }) => html(root));
  expect(new Set(ends).size).toBe(1);
  return [...(ends[0] as string).matchAll(/href="([^"]*)"/g)].map(([, href]) => href as string);
}

test.each([
  ["to a.b@c.de.", "mailto:a.b@c.de"],
  ["john_doe@example.com", "mailto:john_doe@example.com"],
  ["x john_a_doe@example.com, y", "mailto:john_a_doe@example.com"],
  ["john\\_doe@example.com", "mailto:john_doe@example.com"],
  ["a john\\_a\\_doe@example.com", "mailto:john_a_doe@example.com"],
  ["*a* \\_doe@example.com", "mailto:_doe@example.com"],
  ["_john@example.com_", "mailto:john@example.com"],
  ["请联系john@example.com。", "mailto:john@example.com"],
  ["a@163.com", "mailto:a@163.com"],
  ["a@b.xn--p1ai", "mailto:a@b.xn--p1ai"],
  ["mailto:a@b.cc", "mailto:a@b.cc"],
  ["[john@example.com](mailto:john@example.com)", "mailto:john@example.com"],
])("%j has the address %j", (text, address) => {
  expect(addresses(text)).toEqual([address]);
});

test.each([
  "a@b",
  "@b.c",
  "a@b.c_",
  "react@18.2.0",
  "npm i @scope/pkg@1.0.0-rc.1",
  "next@14.0.0-canary",
  "node@20.x",
  "tool@v1.x",
  "pkg@1.0.dev",
  "xmpp:a@b.cc",
  "\\*@b.cc",
])("%j has none", (text) => {
  expect(addresses(text)).toEqual([]);
});

test("the text behind an escape that is taken back is parsed on", () => {
  expect(html(whole("*a\\_b@c.de* *f*").root)).toBe(
    '<p><em><a href="mailto:a_b@c.de">a_b@c.de</a></em> <em>f</em></p>\n',
  );
});
