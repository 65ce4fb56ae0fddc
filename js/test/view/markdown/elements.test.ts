import { expect, test } from "vitest";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";
import { CONSTRUCTS } from "../../core/markdown/constructs.ts";

const LENGTH_CHARS = 3_000;
const PIECE_CHARS = 500;

/** The bars of code blocks and the buttons of images are the most that few characters make. */
const ELEMENTS_PER_CHAR = 3;

function elements(text: string, piece: number): number {
  const root = document.createElement("div");
  const markdown = new MarkdownText(root);
  for (let at = 0; at < text.length; at += piece) markdown.append(text.slice(at, at + piece));
  const open = root.getElementsByTagName("*").length;
  markdown.end();
  return Math.max(open, root.getElementsByTagName("*").length);
}

test("an answer has few elements for each of its characters, for every construct", {
  timeout: 60_000,
}, () => {
  for (const [name, make] of Object.entries(CONSTRUCTS)) {
    const text = make(LENGTH_CHARS);
    expect.soft(elements(text, PIECE_CHARS) / text.length, name).toBeLessThan(ELEMENTS_PER_CHAR);
  }
});
