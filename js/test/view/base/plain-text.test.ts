import { expect, onTestFinished, test } from "vitest";
import { PlainText } from "../../../src/view/base/plain-text.ts";
import { seeded } from "../../core/random.ts";
import "../../../src/entry/widget.css";

test("a text cut anywhere stands on the page unchanged, in boxes of bounded length", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seeded(seed);
    const words = ["word ", "\n", "\n\n", "日本語", "😀", "<b>", "&amp;", "\r\n", "x".repeat(300)];
    const whole = Array.from({ length: 400 }, () => words[Math.floor(random() * words.length)]).join("");
    const root = document.createElement("div");
    const text = new PlainText(root);
    for (let at = 0; at < whole.length; ) {
      const size = 1 + Math.floor(random() * 600);
      text.append(whole.slice(at, at + size));
      at += size;
    }
    expect(root.textContent).toBe(whole);
    const lengths = [...root.children].map((box) => box.textContent?.length ?? 0);
    expect(lengths.length).toBeGreaterThan(3);
    // A box ends at the first line end after its full length; the lines here are shorter than 4,000
    // characters.
    expect(Math.max(...lengths)).toBeLessThan(6_000);
  }
});

test("a full box is never changed again", () => {
  const root = document.createElement("div");
  const text = new PlainText(root);
  text.append(`${"x".repeat(1_990)}\n`);
  text.append("y".repeat(50));
  text.append("\nnext");
  const first = root.firstElementChild;
  const before = first?.textContent;
  text.append("more ".repeat(1_000));
  expect(root.children.length).toBeGreaterThan(1);
  expect(first?.textContent).toBe(before);
});

test("a render function receives all of the text", () => {
  const root = document.createElement("div");
  const text = new PlainText(root, (piece) => [`<${piece}>`, document.createElement("b")]);
  text.append("a");
  text.append("b\n");
  expect(root.textContent).toBe("<a><b\n>");
  expect(root.querySelectorAll("b")).toHaveLength(2);
});

test("a line of very many characters stands in parts, and is copied as one line", () => {
  const root = document.body.appendChild(document.createElement("div"));
  onTestFinished(() => root.remove());
  for (const word of ["אב ab ", "x", "𝒳"]) {
    for (const size of [37, 1_024, 40_000]) {
      root.replaceChildren();
      const line = word.repeat(Math.ceil(40_000 / word.length));
      const text = new PlainText(root);
      text.append("short\n");
      for (let at = 0; at < line.length; at += size) text.append(line.slice(at, at + size));
      text.append("\nnext");
      expect(root.textContent).toBe(`short\n${line}\nnext`);
      expect(root.children.length).toBe(2);
      const parts = [...root.querySelectorAll(".nbstream-inlines")];
      expect(parts.length).toBeGreaterThan(3);
      for (const part of parts) expect(part.textContent?.length).toBeLessThan(8_100);
      getSelection()?.selectAllChildren(root.firstElementChild as Element);
      expect(getSelection()?.toString().replace(/\s/g, "")).toBe(`short${line}`.replace(/\s/g, ""));
      expect(getSelection()?.toString().trim().split("\n")).toHaveLength(2);
    }
  }
});

test("a part of a line ends between two characters, as a user sees them", () => {
  for (const character of ["e\u0301", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "𝒳"]) {
    for (const perPiece of [1, 60, 9_000]) {
      const root = document.createElement("div");
      const text = new PlainText(root);
      for (let count = 0; count < 9_000; count += perPiece) text.append(character.repeat(perPiece));
      const parts = [...root.querySelectorAll(".nbstream-inlines")];
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) expect((part.textContent?.length ?? 0) % character.length).toBe(0);
    }
  }
});

test("a character of very many accents is cut, and none of its code points", () => {
  for (const [character, joined] of [
    ["e", "\u0301"],
    ["👩", "\u200d👩"],
    ["a", "\u{1d165}"],
  ]) {
    const root = document.createElement("div");
    new PlainText(root).append(`x${character}${joined?.repeat(12_000)}`);
    const parts = [...root.querySelectorAll(".nbstream-inlines")];
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(part.textContent).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
    for (const part of parts) expect(part.textContent?.length).toBeLessThan(8_100);
  }
});

test("a line of 8,000 characters has no parts", () => {
  const root = document.createElement("div");
  new PlainText(root).append(`${"word ".repeat(1_600)}\n`);
  expect(root.querySelector(".nbstream-inlines")).toBeNull();
});
