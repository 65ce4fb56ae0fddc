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

test("small parts are handed out as one piece, and each only once", () => {
  const pieces: string[] = [];
  const made = block("one ", "two ");
  const feed = new TextFeed(made, (text) => pieces.push(text));
  expect(feed.paint(EVER)).toBe(0);
  expect(feed.paint(EVER)).toBe(0);
  add(made, "three");
  feed.paint(EVER);
  expect(pieces).toEqual(["one two ", "three"]);
});

test("after the deadline one piece is handed out, and the length of the rest is returned", () => {
  const pieces: string[] = [];
  const feed = new TextFeed(block("x".repeat(PIECE_CHARS * 3)), (text) => pieces.push(text));
  expect(feed.paint(PAST)).toBe(PIECE_CHARS * 2);
  expect(pieces.length).toBe(1);
  expect(feed.paint(EVER)).toBe(0);
  expect(pieces.map((piece) => piece.length)).toEqual([PIECE_CHARS, PIECE_CHARS, PIECE_CHARS]);
});

test.each([0, 1, 2, 3])("no piece cuts a surrogate pair, with %i characters before", (shift) => {
  const pieces: string[] = [];
  const text = "x".repeat(shift) + "😀".repeat(PIECE_CHARS * 2);
  const feed = new TextFeed(block("a", text, text), (piece) => pieces.push(piece));
  while (feed.paint(PAST) > 0);
  expect(pieces.join("")).toBe(`a${text}${text}`);
  // `encodeURIComponent` throws at half a surrogate pair.
  expect(() => pieces.map(encodeURIComponent)).not.toThrow();
});

test("a piece whose append throws is not handed out again", () => {
  const feed = new TextFeed(block("x"), () => {
    throw new Error("no");
  });
  expect(() => feed.paint(EVER)).toThrow("no");
  expect(feed.paint(EVER)).toBe(0);
});

test("a complete text is handed out in pieces until its end", () => {
  const pieces: string[] = [];
  const text = "x😀".repeat(PIECE_CHARS);
  appendInPieces(text, (piece) => pieces.push(piece));
  expect(pieces.join("")).toBe(text);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(PIECE_CHARS);
  appendInPieces("", () => expect.fail());
});
