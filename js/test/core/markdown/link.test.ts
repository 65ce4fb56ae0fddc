import { expect, test } from "vitest";
import { definitionAt, folded, inlineTargetAt, labelAt } from "../../../src/core/markdown/link.ts";

test("labels match without regard to case and amounts of space", () => {
  expect(folded(" a \n ẞ ")).toBe(folded("A SS"));
});

test("a label holds no bracket that is not escaped, and at most 999 characters", () => {
  expect(labelAt("[a\\]b]", 0)).toEqual({ label: "a\\]b", end: 6 });
  expect(labelAt("[a[b]", 0)).toBeUndefined();
  expect(labelAt("[a", 0)).toBe("unfinished");
  expect(labelAt(`[${"a".repeat(999)}]`, 0)).toMatchObject({ end: 1001 });
  expect(labelAt(`[${"a".repeat(1000)}`, 0)).toBeUndefined();
});

test.each([
  ["/a)", "/a", ""],
  ["", undefined, undefined],
  [")", "", ""],
  ["<a b>)", "a b", ""],
  ["a(b(c))d)", "a(b(c))d", ""],
  ["a\\)b&amp;)", "a\\)b&amp;", ""],
  ["/a\n'b\"c' )", "/a", 'b"c'],
  ["/a (b))", "/a", "b"],
])("the target %j has the address %j and the title %j", (text, href, title) => {
  const target = inlineTargetAt(text, 0);
  if (href === undefined) expect(target).toBe("unfinished");
  else expect(target).toEqual({ href, title, end: text.length });
});

test.each(["/a b)", "<a<b>)", "<a\n>)", '/a "b"c)', "a\n\x01)", `${"(".repeat(33)})`])(
  "%j is not a target",
  (text) => {
    expect(inlineTargetAt(text, 0)).toBeUndefined();
  },
);

test.each(["/a", "<a", "a(b", '/a "b', "/a 'b'", "/a "])("%j may still become a target", (text) => {
  expect(inlineTargetAt(text, 0)).toBe("unfinished");
});

test.each([
  ["[a]: /b", "/b", "", 7],
  ["[a]:\n<b>\n'c\nd'\n", "b", "c\nd", 15],
  ["[a]: /b\n'c' d", "/b", "", 8],
  ["[a]: /b\nc", "/b", "", 8],
])("%j defines a label", (text, href, title, end) => {
  expect(definitionAt(text, false)).toEqual({ label: "a", target: { href, title }, end });
});

test.each(["[a]", "[a] : /b", "[ ]: /b", "[a]: /b 'c' d", "[a]: <b>c"])("%j defines no label", (text) => {
  expect([undefined, "unfinished", "label"]).toContain(definitionAt(text, false));
});

test("a definition is unfinished while a title may follow on the next line", () => {
  for (const text of ["[a", "[a b", "[a]"]) expect(definitionAt(text, true)).toBe("label");
  for (const text of ["[a]:\n", "[a]: /b\n", "[a]: /b\n'c\n"])
    expect(definitionAt(text, true)).toBe("unfinished");
  expect(definitionAt("[a]: /b 'c'\n", true)).toMatchObject({ target: { title: "c" } });
});
