import { expect, test } from "vitest";
import { RevealedText, revealInvisible } from "../../../src/view/markdown/invisible-characters.ts";
import { seeded } from "../../core/random.ts";

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

test("a text that grows is marked like one that comes at once, and its finished marks keep their nodes", () => {
  const scraps = ["a", "1", "\ufe0f", "\u200d", "👩", "🏽", "❤", "\u202e", "日", "👩‍👩‍👧‍👦", "\u20e3"];
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const root = document.createElement("code");
    const grown = new RevealedText(root);
    let text = "";
    for (let n = 0; n < 12; n++) {
      text += Array.from({ length: 1 + (seed % 3) }, () => scraps[Math.floor(random() * scraps.length)]).join(
        "",
      );
      grown.sync(text);
      expect(root.innerHTML, JSON.stringify(text)).toBe(render(text).innerHTML);
    }
  }
  const root = document.createElement("code");
  const grown = new RevealedText(root);
  grown.sync("a\u202e".repeat(10));
  const marks = [...root.querySelectorAll("span")].slice(0, 7);
  grown.sync("a\u202e".repeat(20));
  expect([...root.querySelectorAll("span")].slice(0, 7)).toEqual(marks);
  grown.sync("b");
  expect(root.innerHTML).toBe("b");
});
