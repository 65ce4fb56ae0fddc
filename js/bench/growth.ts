/**
 * Exponents of the parser's time for every construct, whole and in pieces. Run by `node bench/growth.mjs`.
 *
 * The exponent is the slope of the logarithm of the time over that of the length. 1 means that twice the text
 * takes twice the time, and 2 that it takes four times as long.
 */

import { CONSTRUCTS } from "../test/core/markdown/constructs.ts";
import { HOSTILE } from "../test/core/markdown/hostile.ts";
import { parseMs } from "../test/core/markdown/parse-time.ts";

const SIZES_CHARS = [10_000, 20_000, 40_000, 80_000];
const PIECES_CHARS = [Number.POSITIVE_INFINITY, 400, 40, 4];
const MOST = 1.1;

/** Times below this are mostly the clock and the garbage collector. */
const LEAST_MS = 1;

/** A figure above the goal is measured again so often. Only noise goes away with more rounds. */
const MORE_ROUNDS = 4;

/** The slope of the line through the points, by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

function exponent(times: readonly number[]): number {
  return slope(
    times.map((time, at) => [Math.log(SIZES_CHARS[at] as number), Math.log(Math.max(time, LEAST_MS))]),
  );
}

/**
 * Measure a construct. The rounds of all sizes take turns, so that a busy moment of the machine does not fall
 * on one size alone.
 */
function measure(
  make: (size: number) => string,
  piece: number,
  rounds: number,
): { value: number; ms: number } {
  const texts = SIZES_CHARS.map(make);
  let times = texts.map(() => Number.POSITIVE_INFINITY);
  let value = Number.POSITIVE_INFINITY;
  for (let n = 0; n < rounds * MORE_ROUNDS && (n < rounds || value > MOST); n++) {
    times = texts.map((text, at) => Math.min(times[at] as number, parseMs(text, piece)));
    value = exponent(times);
  }
  return { value, ms: times.at(-1) as number };
}

/** Print the table for the constructs whose names contain `only`. */
export function print(only = "", rounds = 3): void {
  const texts = { ...CONSTRUCTS, ...HOSTILE };
  const chosen = Object.entries(texts).filter(([name]) => name.includes(only));
  for (const make of Object.values(texts)) parseMs(make(2_000), 40);
  console.log("exponent (ms at 80,000 characters): whole, and in pieces of 400, 40 and 4 characters");
  let missed = 0;
  for (const [name, make] of chosen) {
    const cells = PIECES_CHARS.map((piece) => {
      const { value, ms } = measure(make, piece, rounds);
      if (value > MOST) missed++;
      return `${value.toFixed(2)}${value > MOST ? "!" : " "} ${`(${ms.toFixed(1)})`.padEnd(9)}`;
    });
    console.log(`${cells.join(" ")} ${name}`);
  }
  console.log(`${chosen.length} constructs, ${missed} figures above ${MOST}`);
}
