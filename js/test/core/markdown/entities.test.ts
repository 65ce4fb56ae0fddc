import { expect, test } from "vitest";
import { entityAt, unescaped } from "../../../src/core/markdown/entities.ts";
import { named } from "./entity-names.ts";

test.each([
  ["&amp;", "&"],
  ["&auml;", "ä"],
  ["&ngE;", "≧̸"],
  ["&#65;", "A"],
  ["&#x1F600;", "😀"],
  ["&#0;", "\ufffd"],
  ["&#xD800;", "\ufffd"],
  ["&#1114112;", "\ufffd"],
])("%s stands for %j", (text, expected) => {
  expect(entityAt(`a${text}b`, 1, named)).toEqual({ text: expected, end: 1 + text.length });
});

test.each([
  "&amp",
  "&nothing;",
  "&<script>;",
  "&a<b;",
  `&${"a".repeat(40)};`,
  "&;",
  "&#;",
  "&#x;",
  "&#12345678;",
  "& amp;",
])("%s is text", (text) => {
  expect(entityAt(text, 0, named)).toBeUndefined();
});

test("escapes and references are resolved, and other text stays", () => {
  expect(unescaped("\\*a\\b &lt; &none; \\&lt;", named)).toBe("*a\\b < &none; &lt;");
});

test("only names of letters and digits are looked up", () => {
  const asked: string[] = [];
  for (const text of [
    "&<script>;",
    "&a<b;",
    "&amp",
    "&1a;",
    `&${"a".repeat(40)};`,
    "&a b;",
    "&a&b;",
    '&"x;',
    "&ä;",
    "&ab;",
  ])
    unescaped(text, (name) => void asked.push(name));
  expect(asked).toEqual(["ab"]);
});
