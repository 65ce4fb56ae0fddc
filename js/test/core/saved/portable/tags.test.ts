import { expect, test } from "vitest";
import { codeInTags, commentAt, insertTags, TagPairs } from "../../../../src/core/saved/portable/tags.ts";
import { makeSafe } from "../../../../src/core/saved/safe-markdown.ts";

test("a tag passes only with its partner, and a break alone", () => {
  const pieces: string[] = [];
  const tags = new TagPairs("", pieces);
  for (const tag of ["<B>", "<i>", "</b>", "</i>", "<br/>", "</br>", "<sub/>", "<p>"]) tags.add(tag);
  expect(insertTags(pieces.join(" "))).toBe("<strong> <i> </strong> </i> <br> </br> <sub/> <p>");
});

test("a tag does not go on in another block or cell", () => {
  const pieces: string[] = [];
  const tags = new TagPairs("a|b\n-|-\n", pieces);
  tags.add("<b>");
  tags.skip(" | ");
  tags.add("</b>");
  expect(insertTags(pieces.join(""))).toBe("<b></b>");
});

test("a comment shows nothing, and code between tags is a code span", () => {
  expect(commentAt("a <!-- b --> c", 2)).toEqual(["", 12]);
  expect(commentAt("<!-- b -->", 0)).toEqual(["\u200b", 10]);
  expect(commentAt("a\n> \t<!-- b --> \t\nc", 5)).toEqual(["\u200b", 15]);
  expect(commentAt("<!-- b --> c\n", 0)).toEqual(["", 10]);
  expect(commentAt("<!-- b", 0)).toBeUndefined();
  expect(codeInTags("<code>`a&amp;b</CODE>", 6)).toEqual(["`` `a&b ``", 21]);
  expect(codeInTags("<code> </code>", 6)).toBeUndefined();
  expect(codeInTags("<code>a", 6)).toBeUndefined();
});

test("an answer's control characters make no tag", () => {
  expect(makeSafe("\x03script\x04")).toBe(" script ");
});
