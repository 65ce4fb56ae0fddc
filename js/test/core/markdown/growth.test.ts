/** Time grows in proportion to the text, for every construct, whole and in pieces. */

import { expect, test } from "vitest";
import { Markdown } from "../../../src/core/markdown/parser.ts";
import { CONSTRUCTS } from "./constructs.ts";
import { parseMs } from "./parse-time.ts";
import { TEST_TIMEOUT_MS } from "./scraps.ts";

/** The length of the shorter text for each length of a piece. Longer texts would take too long here. */
const SHORT_CHARS: readonly (readonly [piece: number, chars: number])[] = [
  [Number.POSITIVE_INFINITY, 3_000],
  [40, 1_500],
  [4, 800],
];

const FACTOR = 4;

/**
 * Four times the text may take ten times as long. In pieces of four characters it takes up to 7.8 times, because the
 * schedule for long unfinished text begins in the longer one. A cost of the square would be sixteen times.
 */
const MOST_RATIO = 10;

/** Shorter times are mostly the clock's and the garbage collector's. */
const LEAST_MS = 0.7;

const ROUNDS = 10;

function ratio(make: (size: number) => string, piece: number, chars: number): number {
  const [short, long] = [make(chars), make(chars * FACTOR)];
  const times = { short: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
  let found = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && found > MOST_RATIO; round++) {
    times.short = Math.min(times.short, parseMs(short, piece));
    times.long = Math.min(times.long, parseMs(long, piece));
    found = times.long / Math.max(times.short, LEAST_MS);
  }
  return found;
}

test("four times the text takes about four times as long, for every construct", { timeout: 120_000 }, () => {
  // The first rounds are slow, because the code is not compiled yet.
  for (const make of Object.values(CONSTRUCTS)) parseMs(make(1_000), 40);
  for (const [name, make] of Object.entries(CONSTRUCTS)) {
    for (const [piece, chars] of SHORT_CHARS) {
      expect.soft(ratio(make, piece, chars), `${name}, in pieces of ${piece}`).toBeLessThan(MOST_RATIO);
    }
  }
});

test("images in images cost no more a character where they are very deep", { timeout: 60_000 }, () => {
  const make = CONSTRUCTS["image: deep"] as (size: number) => string;
  expect(ratio(make, Number.POSITIVE_INFINITY, 160_000)).toBeLessThan(MOST_RATIO);
});

/** The nodes of the tree, each of which becomes one element on the page or a few. */
function nodesIn(node: unknown): number {
  if (typeof node !== "object" || node === null) return 0;
  return Object.values(node).reduce((sum, value) => sum + nodesIn(value), 1);
}

const LENGTH_CHARS = 6_000;

test("a tree has few nodes more than its text has characters, for every construct", {
  timeout: TEST_TIMEOUT_MS,
}, () => {
  for (const [name, make] of Object.entries(CONSTRUCTS)) {
    const text = make(LENGTH_CHARS);
    for (const piece of [LENGTH_CHARS, 400, 40]) {
      const markdown = new Markdown();
      for (let at = 0; at < text.length; at += piece) markdown.push(text.slice(at, at + piece));
      const open = nodesIn(markdown.root);
      markdown.end();
      const most = Math.max(open, nodesIn(markdown.root));
      expect.soft(most / text.length, `${name}, in pieces of ${piece}`).toBeLessThan(3);
    }
  }
});
