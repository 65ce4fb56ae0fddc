import { expect, test } from "vitest";
import { closerFrom, isEscaped, markAt, unclosedForm } from "../../../../src/core/markdown/formulas/marks.ts";

test.each([
  ["$$a", "$$", "$$"],
  ["\\[a", "\\[", "\\]"],
  ["\\begin{align*}a", "\\begin{align*}", "\\end{align*}"],
  ["\\begin{pmatrix}", "\\begin{pmatrix}", "\\end{pmatrix}"],
])("%j begins with a mark", (text, opener, closer) => {
  expect(markAt(text, 0)).toMatchObject({ opener, closer });
});

test.each(["$$$a", "$a", "\\(a", "\\begin{itemize}", "\\begin{document}", "\\begin {align}", "a"])(
  "%j begins with no mark",
  (text) => expect(markAt(text, 0)).toBeUndefined(),
);

test.each([
  ["a \\$$ b $$", "$$", 8],
  ["a $ b $$ $$", "$$", 6],
  ["a \\\\$$", "$$", 4],
  ["a \\\\[2pt] b \\]", "\\]", 12],
  ["a \\\\] \\]", "\\]", 6],
  ["a \\end{b} \\end{CD}", "\\end{CD}", 10],
  ["a", "$$", -1],
  ["\\$$", "$$", -1],
])("in %j, %j stands at %j", (text, closer, index) => {
  expect(closerFrom(text, closer, 0)).toBe(index);
});

test("a character behind an odd number of backslashes is escaped", () => {
  expect(isEscaped("\\\\\\$", 3, 0)).toBe(true);
  expect(isEscaped("\\\\$", 2, 0)).toBe(false);
  expect(isEscaped("\\\\$", 2, 1)).toBe(true);
});

test.each([
  ["x = 1", "\\[", "formula"],
  ["[0, 1] \\cup [2, 3]", "\\[", "formula"],
  ["foo](a=b)", "\\[", "text"],
  ["foo", "\\[", "hidden"],
  ["foo](a", "$$", "hidden"],
  ["is the number of the process ".repeat(5), "$$", "text"],
])("%j behind %j is shown as %s", (tex, opener, form) => {
  expect(unclosedForm(tex, opener)).toBe(form);
});
