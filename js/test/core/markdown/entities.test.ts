import { expect, test } from "vitest";
import { entityAt, unescaped } from "../../../src/core/markdown/entities.ts";

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
  expect(entityAt(`a${text}b`, 1)).toEqual({ text: expected, end: 1 + text.length });
});

test.each(["&amp", "&nothing;", "&;", "&#;", "&#x;", "&#12345678;", "& amp;"])("%s is text", (text) => {
  expect(entityAt(text, 0)).toBeUndefined();
});

test("escapes and references are resolved, and what is neither stays", () => {
  expect(unescaped("\\*a\\b &lt; &none; \\&lt;")).toBe("*a\\b < &none; &lt;");
});
