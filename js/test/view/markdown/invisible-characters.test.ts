import { expect, test } from "vitest";
import { revealInvisible } from "../../../src/view/markdown/invisible-characters.ts";

function render(text: string): HTMLElement {
  const root = document.createElement("code");
  root.append(...revealInvisible(text));
  return root;
}

function marks(text: string): (string | null)[] {
  return [...render(text).querySelectorAll(".nbstream-unseen")].map((mark) => mark.getAttribute("data-code"));
}

test.each([
  ["right-to-left override", "a\u202eb", ["U+202E"]],
  ["isolates", "\u2066x\u2069", ["U+2066", "U+2069"]],
  ["zero width space and joiners", "a\u200b\u200c\u200db", ["U+200B", "U+200C", "U+200D"]],
  ["byte order mark", "\ufeffx", ["U+FEFF"]],
  ["soft hyphen", "a\u00adb", ["U+00AD"]],
  ["Hangul filler", "\u3164", ["U+3164"]],
  ["tags", "\u{e0041}", ["U+E0041"]],
  ["variation selectors that carry data", "a\ufe01\u{e0100}", ["U+FE01", "U+E0100"]],
  ["escape and null", "\u001b[0m\u0000", ["U+001B", "U+0000"]],
  ["line separator", "\u2028", ["U+2028"]],
])("a %s is shown and stays in the text", (_, text, expected) => {
  expect(marks(text)).toEqual(expected);
  expect(render(text).textContent).toBe(text);
});

test("visible characters, line ends and emoji are left alone", () => {
  for (const text of ["x\ty\n", "日本語", "👩‍👩‍👧‍👦 👍🏽 ❤️ ☠️ 1️⃣", "é e\u0301", "עברית العربية"]) {
    expect(revealInvisible(text)).toEqual([text]);
  }
});

test("a direction mark in its box does not turn the text beside it", () => {
  const root = render("ab\u202ecd");
  root.style.fontFamily = "monospace";
  document.body.append(root);
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = ".nbstream-unseen { display: inline-block; }";
  const range = document.createRange();
  range.setStart(root.lastChild as Text, 0);
  range.setEnd(root.lastChild as Text, 1);
  const c = range.getBoundingClientRect().left;
  range.setStart(root.lastChild as Text, 1);
  range.setEnd(root.lastChild as Text, 2);
  expect(range.getBoundingClientRect().left).toBeGreaterThan(c);
  root.remove();
  style.remove();
});
