import { expect, test } from "vitest";
import { PlainText } from "../../../src/view/base/plain-text.ts";
import { seeded } from "../../core/random.ts";

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
