import { expect, test } from "vitest";
import { runsOf, showTerminalText } from "../../../src/view/tool-call/terminal-text.ts";

function render(text: string): HTMLElement {
  const root = document.createElement("div");
  showTerminalText(root, text);
  return root;
}

/** The texts with a style, each with the classes and colours of its element. */
function styled(text: string): string[] {
  return [...render(text).querySelectorAll("span")].map(
    (node) => `${node.textContent} ${node.className} ${node.style.cssText}`,
  );
}

test.each([
  ["\x1b[31mFAILED\x1b[0m a", ["FAILED nbstream-ansi-colour --nbstream-ansi-text: var(--nbstream-ansi-1);"]],
  [
    "\x1b[1;92ma\x1b[22;39mb",
    ["a nbstream-ansi-bold nbstream-ansi-colour --nbstream-ansi-text: var(--nbstream-ansi-10);"],
  ],
  ["\x1b[38;5;196ma", ["a nbstream-ansi-colour --nbstream-ansi-text: rgb(255 0 0);"]],
  ["\x1b[38;5;244ma", ["a nbstream-ansi-colour --nbstream-ansi-text: rgb(128 128 128);"]],
  ["\x1b[38;2;1;2;999ma", ["a nbstream-ansi-colour --nbstream-ansi-text: rgb(1 2 255);"]],
  ["\x1b[48;5;3ma", ["a nbstream-ansi-ground --nbstream-ansi-ground: var(--nbstream-ansi-3);"]],
  ["\x1b[3;4;7ma", ["a nbstream-ansi-italic nbstream-ansi-underline nbstream-ansi-inverse "]],
  ["\x1b[31ma\x1b[mb", ["a nbstream-ansi-colour --nbstream-ansi-text: var(--nbstream-ansi-1);"]],
  ["\x1b[31m\x1b[0mb\x1b[38;5;999mc\x1b[38;9mc", []],
])("%j has its colours", (text, expected) => {
  expect(styled(text)).toEqual(expected);
});

test.each([
  ["10 %\r100 %", "100 %"],
  ["FAILED\rdone", "doneED"],
  ["FAILED\r\x1b[Kdone", "done"],
  ["a\b\b\bbc\nd", "bc\nd"],
  ["\x1b[2J\x1b[1;1H\x1b[?25la\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c\x1b(Bd", "abcd"],
  ["<b>\x1b[31m<i onclick=x>", "<b><i onclick=x>"],
  ["a\x1b", "a"],
])("%j reads %j, as in a terminal", (text, expected) => {
  expect(render(text).textContent).toBe(expected);
});

test("a plain text is shown as it is", () => {
  expect(render("a\r\nb <i>").textContent).toBe("a\r\nb <i>");
});

test("a text makes few pieces more than it has characters, and takes time in proportion", () => {
  for (const unit of ["\x1b[31ma\x1b[32m", "\x1b]", "\x1b[", "a\r", "\b", "\x1b[38;5;1;", "\x1b[0"]) {
    const text = unit.repeat(20_000);
    const start = performance.now();
    expect(runsOf(text).length).toBeLessThan(text.length);
    expect(performance.now() - start).toBeLessThan(2_000);
  }
});
