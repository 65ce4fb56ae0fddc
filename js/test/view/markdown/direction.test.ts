import { expect, test } from "vitest";
import { directionOf, TextDirection } from "../../../src/view/markdown/direction.ts";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";
import { seeded } from "../../core/random.ts";

/** Scraps of text with and without letters, of scripts of both directions. */
const SCRAPS = [
  ..."1 2 , . ( ) ! - א ש ع ﷲ ޓ ߊ ࠀ ܐ a Z é 日 ж α न \u0301 Ⅷ ٣".split(" "),
  ..." \u{10840} \u{1e900} 😀 𝒳".split(" "),
];

test("a text has the direction that dir=auto gives it", () => {
  const random = seeded(1);
  const node = document.body.appendChild(document.createElement("p"));
  node.dir = "auto";
  for (let n = 0; n < 500; n++) {
    const text = Array.from({ length: 4 }, () => SCRAPS[Math.floor(random() * SCRAPS.length)]).join("");
    node.textContent = text;
    expect(directionOf(text) ?? "ltr", JSON.stringify(text)).toBe(getComputedStyle(node).direction);
  }
  node.remove();
});

test("a direction mark counts only in a text with letters from right to left", () => {
  expect(directionOf("\u200fHTML שפה")).toBe("rtl");
  expect(directionOf("\u061cHTML لغة")).toBe("rtl");
  expect(directionOf("\u200eשפה")).toBe("ltr");
  expect(directionOf("ש\u200eשפה")).toBe("rtl");
  expect(directionOf("\u200fHTML")).toBe("ltr");
  expect(directionOf("\u200f 12")).toBeUndefined();
});

test("every block has the direction of its first letter, however the text is cut", () => {
  const text = "1. א a\n\n> - 2 ע\n\n**ש** a\n\n|1|ب|\n|-|-|\n\na א\n\n123\n\n# `ג` a\n\n[a](b) א";
  for (const size of [1, 5, 500]) {
    const root = document.createElement("div");
    const markdown = new MarkdownText(root);
    for (let at = 0; at < text.length; at += size) markdown.append(text.slice(at, at + size));
    markdown.end();
    const directed = [...root.querySelectorAll("[dir]:not(pre, .nbstream-host)")];
    expect(directed.map((node) => `${node.tagName} ${node.getAttribute("dir")}`)).toEqual([
      ...["LI rtl", "BLOCKQUOTE ltr", "LI rtl", "P rtl", "DIV rtl", "P ltr", "P ltr", "H1 rtl", "P rtl"],
    ]);
  }
});

test("no block leaves the search for its direction to the browser", () => {
  const root = document.createElement("div");
  new MarkdownText(root).append("a\n\n- b\n\n> c\n\n|d|\n|-|\n");
  expect(root.querySelector("[dir=auto]")).toBeNull();
});

test("plain text that grows has the direction of its first letter, and the browser searches for none", () => {
  const root = document.createElement("div");
  const direction = new TextDirection(root);
  for (const [text, expected] of [
    ["1 (", "ltr"],
    ["א", "rtl"],
    ["a", "rtl"],
  ] as const) {
    direction.append(text);
    expect(root.dir).toBe(expected);
  }
});
