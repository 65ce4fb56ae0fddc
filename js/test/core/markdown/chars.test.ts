import { expect, test } from "vitest";
import {
  after,
  before,
  isAsciiPunctuation,
  isPunctuation,
  isSpace,
  trimmedEnd,
} from "../../../src/core/markdown/chars.ts";

test("symbols are punctuation, in every script", () => {
  for (const char of ["!", "$", "€", "。", "£"]) expect(isPunctuation(char)).toBe(true);
  for (const char of ["a", "é", "1", " ", ""]) expect(isPunctuation(char)).toBe(false);
  expect(isAsciiPunctuation("~")).toBe(true);
  for (const char of ["€", "a", undefined]) expect(isAsciiPunctuation(char)).toBe(false);
});

test("the ends of a text count as white space", () => {
  for (const char of ["", " ", "\n", "\u00a0", "\u3000"]) expect(isSpace(char)).toBe(true);
  expect(isSpace("a")).toBe(false);
});

test("a neighbour is a whole character, never half of a surrogate pair", () => {
  expect(before("😀*", 2)).toBe("😀");
  expect(after("*😀", 1)).toBe("😀");
  expect(before("a", 0)).toBe("");
  expect(after("a", 1)).toBe("");
});

test("the given characters are trimmed at the end only", () => {
  expect(trimmedEnd("  a b \t ", " \t")).toBe("  a b");
  expect(trimmedEnd("   ", " ")).toBe("");
});
