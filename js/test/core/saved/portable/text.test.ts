import { expect, test } from "vitest";
import { writeComparison, writeHidden, writeTildes } from "../../../../src/core/saved/portable/text.ts";

test("characters that turn or hide the text beside them are written as numbers", () => {
  expect(writeHidden("a\u202eb\u2066c\u{e0041}\0\ud800")).toBe("a‹U+202E›b‹U+2066›c‹U+E0041›\ufffd\ufffd");
  expect(writeHidden("1\u200f2")).toBe("1‹U+200F›2");
  const flag = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
  for (const text of [`${flag} ❤️`, "ש\u200f!", "می\u200cخواهم", "a\u200bb"])
    expect(writeHidden(text)).toBe(text);
});

test("a comparison is no quote, and one tilde stays", () => {
  expect(writeComparison("- > 25")).toBe("- \\> 25");
  expect(writeComparison("- > a")).toBe("- > a");
  expect(writeTildes("3~5 `a~b` ~~two~~ 10~20")).toBe("3\\~5 `a~b` ~~two~~ 10\\~20");
  expect(writeTildes("about ~5")).toBe("about ~5");
});
