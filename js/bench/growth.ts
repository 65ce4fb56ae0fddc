/**
 * Exponents of the parser's time for every construct, whole and in pieces. Run by `node bench/growth.mjs`.
 *
 * The exponent says how the time grows with the length. 1 means that twice the text takes twice the time, and 2
 * that it takes four times as long.
 *
 * The time is the processor's time of the process, so that a busy machine changes it little. `growth.mjs` runs V8
 * on one thread and with a young generation that holds everything, so that it is the parser's time and not the
 * collector's. A short text is parsed several times for one sample. Each time is the best of several rounds, in
 * which the lengths take turns. A figure above the goal is measured again with texts four times as long: where
 * the work grows faster than the text, the exponent stays or grows, and where only the processor's cache is too
 * small for it, the exponent falls.
 */

import { CONSTRUCTS } from "../test/core/markdown/constructs.ts";
import { HOSTILE } from "../test/core/markdown/hostile.ts";
import { parseMs } from "../test/core/markdown/parse-time.ts";

const SIZES_CHARS = [10_000, 40_000] as const;
const PIECES_CHARS = [Number.POSITIVE_INFINITY, 400, 40, 4];
const MOST = 1.1;

/** How much longer the texts are when a figure above the goal is measured again. */
const LONGER = 4;

/** How often a figure above the goal is measured again before the texts become longer. */
const MORE_ROUNDS = 3;

/** Texts that take less time are parsed several times for one sample. */
const SAMPLE_MS = 4;

/** No text is taken to be faster when its parses are counted. */
const LEAST_MS = 0.05;

/** Return the milliseconds for one text, from as many parses as make a sample. */
function sampleMs(text: string, piece: number, count: number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += parseMs(text, piece);
  return sum / count;
}

interface Figure {
  readonly value: number;
  readonly ms: number;
}

function measureAt(
  make: (size: number) => string,
  [short, long]: readonly [number, number],
  piece: number,
  rounds: number,
): Figure {
  const texts = [make(short), make(long)] as const;
  const counts = texts.map((text) => {
    const ms = Math.min(parseMs(text, piece), parseMs(text, piece));
    return Math.max(1, Math.ceil(SAMPLE_MS / Math.max(LEAST_MS, ms)));
  });
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let value = Number.POSITIVE_INFINITY;
  for (let n = 0; n < rounds * MORE_ROUNDS && (n < rounds || value > MOST); n++) {
    for (const [at, text] of texts.entries())
      best[at] = Math.min(best[at] as number, sampleMs(text, piece, counts[at] as number));
    value = Math.log((best[1] as number) / (best[0] as number)) / Math.log(long / short);
  }
  return { value, ms: best[1] as number };
}

/** Measure a construct, and again with longer texts if it grows too fast. */
function measure(make: (size: number) => string, piece: number, rounds: number): readonly Figure[] {
  const [short, long] = SIZES_CHARS;
  const first = measureAt(make, [short, long], piece, rounds);
  if (first.value <= MOST) return [first];
  return [first, measureAt(make, [short * LONGER, long * LONGER], piece, rounds)];
}

function cell(figures: readonly Figure[]): string {
  const value = figures.map((figure) => figure.value.toFixed(2)).join(" → ");
  const [first, again] = figures;
  const mark = (again ?? first)?.value ?? 0;
  return `${value}${mark > MOST ? "!" : ""} (${first?.ms.toFixed(1)})`.padEnd(23);
}

/** Print the table for the constructs whose names contain `only`. */
export function print(only = "", rounds = 3): void {
  const texts = { ...CONSTRUCTS, ...HOSTILE };
  const chosen = Object.entries(texts).filter(([name]) => name.includes(only));
  for (const make of Object.values(texts)) parseMs(make(2_000), 40);
  console.log("exponent (ms at 40,000 characters): whole, and in pieces of 400, 40 and 4 characters");
  let missed = 0;
  for (const [name, make] of chosen) {
    const rows = PIECES_CHARS.map((piece) => measure(make, piece, rounds));
    missed += rows.filter((figures) => (figures.at(-1)?.value ?? 0) > MOST).length;
    console.log(`${rows.map(cell).join(" ")} ${name}`);
  }
  console.log(`${chosen.length} constructs, ${missed} figures above ${MOST}`);
}
