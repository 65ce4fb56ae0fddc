import { expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/core/transcript.ts";
import { appendInPieces, PIECE_CHARS, TextFeed } from "../../../src/view/base/text-feed.ts";

const PAST = Number.NEGATIVE_INFINITY;
const EVER = Number.POSITIVE_INFINITY;

function block(...parts: string[]): Block {
  return { ...newBlock("text"), parts, length: parts.join("").length };
}

function add(to: Block, text: string): void {
  to.parts.push(text);
  to.length += text.length;
}

test("small parts come as one, and what has come does not come again", () => {
  const pieces: string[] = [];
  const made = block("one ", "two ");
  const feed = new TextFeed(made, (text) => pieces.push(text));
  expect(feed.paint(EVER)).toBe(0);
  expect(feed.paint(EVER)).toBe(0);
  add(made, "three");
  feed.paint(EVER);
  expect(pieces).toEqual(["one two ", "three"]);
});

test("with no time left one piece comes, and the rest is told", () => {
  const pieces: string[] = [];
  const feed = new TextFeed(block("x".repeat(PIECE_CHARS * 3)), (text) => pieces.push(text));
  expect(feed.paint(PAST)).toBe(PIECE_CHARS * 2);
  expect(pieces.length).toBe(1);
  expect(feed.paint(EVER)).toBe(0);
  expect(pieces.map((piece) => piece.length)).toEqual([PIECE_CHARS, PIECE_CHARS, PIECE_CHARS]);
});

test.each([0, 1, 2, 3])("no piece ends within a character beyond the basic plane, %i in", (shift) => {
  const pieces: string[] = [];
  const text = "x".repeat(shift) + "😀".repeat(PIECE_CHARS * 2);
  const feed = new TextFeed(block("a", text, text), (piece) => pieces.push(piece));
  while (feed.paint(PAST) > 0);
  expect(pieces.join("")).toBe(`a${text}${text}`);
  // It throws at half a character.
  expect(() => pieces.map(encodeURIComponent)).not.toThrow();
});

test("a piece that fails to be shown is not tried again", () => {
  const feed = new TextFeed(block("x"), () => {
    throw new Error("no");
  });
  expect(() => feed.paint(EVER)).toThrow("no");
  expect(feed.paint(EVER)).toBe(0);
});

test("a text that is all there comes whole, in pieces", () => {
  const pieces: string[] = [];
  const text = "x😀".repeat(PIECE_CHARS);
  appendInPieces(text, (piece) => pieces.push(piece));
  expect(pieces.join("")).toBe(text);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(PIECE_CHARS);
  appendInPieces("", () => expect.fail());
});
