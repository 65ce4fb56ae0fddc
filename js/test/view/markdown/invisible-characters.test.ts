import { expect, onTestFinished, test } from "vitest";
import { RevealedText, revealInvisible } from "../../../src/view/markdown/invisible-characters.ts";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";
import { seeded } from "../../core/random.ts";
import "../../../src/entry/widget.css";

function render(text: string): HTMLElement {
  const root = document.createElement("code");
  root.append(...revealInvisible(text));
  return root;
}

const neverScheduled = () => expect.unreachable("all of the text is shown at once");

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
  const scraps = [
    "a",
    "1",
    "\ufe0f",
    "\u200d",
    "👩",
    "🏽",
    "❤",
    "\u202e",
    "日",
    "👩‍👩‍👧‍👦",
    "\u20e3",
    "🏴",
    "\u{e0067}",
    "\u{e007f}",
  ];
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const root = document.createElement("code");
    const grown = new RevealedText(root, neverScheduled);
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
  const grown = new RevealedText(root, neverScheduled);
  grown.sync("a\u202e".repeat(10));
  const marks = [...root.querySelectorAll("span")].slice(0, 2);
  grown.sync("a\u202e".repeat(20));
  expect([...root.querySelectorAll("span")].slice(0, 2)).toEqual(marks);
  grown.sync("b");
  expect(root.innerHTML).toBe("b");
});

/** Render Markdown on the page, and return its element and the texts in the order in which they stand. */
function page(markdown: string, size = Number.POSITIVE_INFINITY): HTMLElement {
  const root = document.body.appendChild(document.createElement("div"));
  root.className = "nbstream";
  root.style.width = "300px";
  onTestFinished(() => root.remove());
  const turn = root.appendChild(document.createElement("div"));
  turn.className = "nbstream-turn";
  const text = new MarkdownText(turn);
  for (let at = 0; at < markdown.length; at += size) text.append(markdown.slice(at, at + size));
  text.end();
  return turn;
}

/** The left edge of a character that occurs once. */
function leftOf(root: HTMLElement, character: string): number {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const at = node.data.indexOf(character);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect().left;
  }
  throw new Error(`${character} is not on the page`);
}

test.each(["\u202e", "\u202b", "\u2067", "\u202d", "\u2066", "\u200f", "\u061c", "\u2029", "\u0000\u202e"])(
  "%j in prose is marked and moves nothing beside it",
  (control) => {
    for (const size of [1, 500]) {
      const root = page(`1${control} - 2 = x, y **z** [q](https://q)`, size);
      expect(root.querySelector(".nbstream-unseen")?.getAttribute("data-code")).toMatch(/^U\+/);
      const lefts = ["1", "-", "2", "x", "y", "z", "q"].map((character) => leftOf(root, character));
      expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
      expect(root.textContent).toContain(control.replace("\0", "\ufffd"));
    }
  },
);

test("in an image's text, a cell, a link and a heading such a character is marked too", () => {
  const root = page("# a\u202e\n\n|b\u202e|\n|-|\n\n[c\u202e](https://a.b) ![d\u202e](e) *f\u202e*");
  expect(
    [...root.querySelectorAll(".nbstream-unseen")].map((mark) => mark.parentElement?.textContent),
  ).toEqual(["a\u202e", "b\u202e", "c\u202e", "d\u202e", "f\u202e"]);
});

test("characters that a script needs have no mark in prose", () => {
  const texts = [
    "می\u200cخواهم",
    "क\u094d\u200dष",
    "ไทย\u200bไทย",
    "שלום\u200f!",
    "葛\u{e0100}",
    "co\u00adop",
  ];
  const flag = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
  for (const text of [...texts, flag, "❤️ 👩‍👩‍👧‍👦"]) {
    for (const size of [1, 500]) expect(page(text, size).querySelector(".nbstream-unseen"), text).toBeNull();
  }
});

test("hidden letters are seen", () => {
  const root = page(`ok${[..."hi"].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join("")}`, 1);
  expect(
    [...root.querySelectorAll(".nbstream-unseen")].map((mark) => mark.getAttribute("data-code")),
  ).toEqual(["U+E0068", "U+E0069"]);
});

test("a direction mark loses its box once a letter shows that the text needs it", () => {
  const root = page("1\u200f - 2 שלום", 1);
  expect(root.querySelector(".nbstream-unseen")).toBeNull();
});

test("an RTL paragraph with LTR code and formulas keeps each of them as it is written", () => {
  const root = page("הפונקציה `f(x1, y2)` מחזירה `a - b` ועוד");
  expect(root.querySelector("p")?.getAttribute("dir")).toBe("rtl");
  const lefts = ["f", "x", "y", ")"].map((character) =>
    leftOf(root.querySelector("code") as HTMLElement, character),
  );
  expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
  expect(leftOf(root, "ה")).toBeGreaterThan(leftOf(root, "f"));
  expect(leftOf(root, "f")).toBeGreaterThan(leftOf(root, "a"));
});

test("a word of 10,000 characters stays in its column, wherever it stands", () => {
  const word = "x".repeat(10_000);
  const texts = [
    word,
    `# ${word}`,
    `- ${word}`,
    `> ${word}`,
    `**${word}**`,
    `\`${word}\``,
    `[${word}](https://a.b)`,
  ];
  for (const text of [...texts, `https://a.b/${word}`, `![${word}](https://a.b)`, `a[^1]\n\n[^1]: ${word}`]) {
    const root = page(text);
    expect(root.scrollWidth, text.slice(0, 12)).toBeLessThanOrEqual(301);
  }
  const boxed = [`\`\`\`\n${word}\n\`\`\``, `|a|\n|-|\n|${word}|`, `$$\n${word}\n$$`];
  for (const text of boxed) expect(page(text).scrollWidth, text.slice(0, 12)).toBeLessThanOrEqual(301);
});

test("unpaired surrogates and NUL are shown as signs, and end nothing", () => {
  for (const size of [1, 500]) {
    const root = page("a\ud800b `c\udc00d` **e\0f**\n\n- g\ud83d", size);
    expect(root.textContent).toMatch(/^a.b c.d e\ufffdfg.$/su);
    expect(root.querySelectorAll("p, li, code, strong")).toHaveLength(5);
  }
});

test("an update marks a bounded number of characters, and later updates mark the rest", () => {
  const root = document.createElement("code");
  const work: (() => void)[] = [];
  const grown = new RevealedText(root, (later) => work.push(later));
  const text = "a\u202e".repeat(1_500);
  const count = () => root.querySelectorAll(".nbstream-unseen").length;
  grown.sync(text.slice(0, 2_000));
  const first = count();
  expect(first).toBeLessThan(300);
  grown.sync(text);
  expect(count()).toBe(first);
  while (work.length > 0) {
    expect(work).toHaveLength(1);
    const before = count();
    work.pop()?.();
    expect(count() - before).toBeLessThan(300);
  }
  expect(root.textContent).toBe(text);
  expect(count()).toBe(1_500);
});
