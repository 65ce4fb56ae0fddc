import { describe, expect, test } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { PIECE_CHARS, PIECE_INTERVAL_MS, TextSpread } from "../../src/core/text-spread.ts";
import { seeded } from "./random.ts";

const text = (written: string): Op => ({ op: "text", text: written });
const BLOCK: Op = { op: "block", type: "text" };
const CLOSE: Op = { op: "close" };
const DONE: Op = { op: "reply", status: "done" };
const INTERVAL_MS = 3 * PIECE_INTERVAL_MS;

const written = (ops: readonly Op[]) => ops.map((op) => (op.op === "text" ? op.text : "")).join("");

/** Take frames at their times, and return the length of each piece of text with its time. */
function pieces(frames: readonly (readonly [number, readonly Op[]])[]): [number, number][] {
  const spread = new TextSpread();
  const shown: [number, number][] = [];
  const note = (ops: readonly Op[], now: number) => {
    if (written(ops)) shown.push([now, written(ops).length]);
  };
  const until = (end: number) => {
    for (let due = spread.dueAt(); due !== undefined && due < end; due = spread.dueAt())
      note(spread.release(due), due);
  };
  for (const [now, ops] of frames) {
    until(now);
    note(spread.take(ops, now), now);
  }
  until(Number.POSITIVE_INFINITY);
  return shown;
}

test("the text of few frames is shown as often as that of many, and never more than 25 characters at once", () => {
  const frames = Array.from({ length: 20 }, (_, at) => [at * INTERVAL_MS, [text("x".repeat(72))]] as const);
  const shown = pieces(frames).slice(1);
  expect(Math.max(...shown.map(([, length]) => length))).toBe(PIECE_CHARS);
  const gaps = shown.slice(1).map(([at], index) => at - (shown[index]?.[0] ?? 0));
  expect(new Set(gaps)).toEqual(new Set([PIECE_INTERVAL_MS]));
});

test("the end of such an answer comes in pieces too", () => {
  const frames = [0, 1, 2].map((at) => [at * INTERVAL_MS, [text("x".repeat(72))]] as const);
  const shown = pieces([...frames, [2 * INTERVAL_MS + 130, [text("x".repeat(30)), CLOSE, DONE]]]);
  expect(Math.max(...shown.slice(1).map(([, length]) => length))).toBeLessThanOrEqual(40);
  expect(shown.at(-1)?.[0]).toBeLessThanOrEqual(2 * INTERVAL_MS + 4 * PIECE_INTERVAL_MS);
});

test("a frame that follows the one before at once is shown whole", () => {
  const frames = Array.from(
    { length: 9 },
    (_, at) => [at * PIECE_INTERVAL_MS, [text("x".repeat(960))]] as const,
  );
  expect(pieces(frames)).toEqual(frames.map(([at]) => [at, 960]));
});

test("a late frame with the text of many is shown whole", () => {
  const frames = [1, 2, 3].map((at) => [at * INTERVAL_MS, [text("x".repeat(4_000))]] as const);
  expect(pieces(frames)).toEqual(frames.map(([at]) => [at, 4_000]));
});

test("the first text after a pause is shown at once and whole", () => {
  const frames = [0, 5_000, 9_000].map((at) => [at, [text("x".repeat(300))]] as const);
  expect(pieces(frames)).toEqual([
    [0, 300],
    [5_000, 300],
    [9_000, 300],
  ]);
});

describe.each<Op>([
  { op: "reply", status: "stopped" },
  { op: "reply", status: "failed" },
  { op: "call", call: "c1", state: "asking" },
  { op: "turn", id: "t2", role: "user" },
])("%o", (op) => {
  test("is shown at once, after all text before it", () => {
    const spread = new TextSpread();
    spread.take([text("one")], 0);
    spread.take([text("x".repeat(90))], INTERVAL_MS);
    expect(spread.heldChars).toBe(60);
    const shown = spread.take([op], INTERVAL_MS + 10);
    expect(shown).toEqual([text("x".repeat(60)), op]);
    expect([spread.heldChars, spread.dueAt()]).toEqual([0, undefined]);
  });
});

test("ops between texts keep their place, and need no piece of their own", () => {
  const spread = new TextSpread();
  spread.take([text("one")], 0);
  spread.take([text("two")], INTERVAL_MS);
  const now = 2 * INTERVAL_MS;
  const first = spread.take([text("x".repeat(20)), CLOSE, BLOCK, text("y".repeat(20)), CLOSE], now);
  expect(first).toEqual([text("x".repeat(20)), CLOSE, BLOCK, text("y".repeat(5))]);
  expect(spread.heldChars).toBe(16);
  expect(spread.release(now + PIECE_INTERVAL_MS - 1)).toEqual([]);
  expect(spread.release(now + PIECE_INTERVAL_MS)).toEqual([text("y".repeat(15)), CLOSE]);
});

test("no character is cut into its halves", () => {
  const spread = new TextSpread();
  spread.take([text("one")], 0);
  const shown = [spread.take([text(`x${"😀".repeat(40)}`)], INTERVAL_MS)];
  for (let due = spread.dueAt(); due !== undefined; due = spread.dueAt()) shown.push(spread.release(due));
  expect(shown.every((ops) => encodeURIComponent(written(ops)))).toBe(true);
  expect(shown.length).toBe(3);
});

test("whatever comes in whatever frames, nothing is lost, doubled or reordered", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const next = seeded(seed);
    const draw = (below: number) => Math.floor(next() * below);
    const spread = new TextSpread();
    const [given, shown]: [Op[], Op[]] = [[], []];
    let [now, held] = [0, 0];
    const show = (ops: readonly Op[]) => {
      shown.push(...ops);
      held -= joined(ops).length;
    };
    for (let frame = 0; frame < 20; frame++) {
      now += draw(600);
      if (draw(4) === 0) show(spread.release(now));
      if (draw(20) === 0) show(spread.releaseAll(now));
      const ops = Array.from({ length: draw(4) }, () =>
        draw(3) ? text(String(now).repeat(1 + draw(30))) : ([BLOCK, CLOSE, DONE][draw(3)] as Op),
      );
      given.push(...ops);
      held += joined(ops).length;
      show(spread.take(ops, now));
      expect(spread.heldChars).toBe(held);
    }
    for (let due = spread.dueAt(); due !== undefined; due = spread.dueAt()) show(spread.release(due));
    expect(joined(shown)).toEqual(joined(given));
  }
});

/** The ops one by one, and the text character by character. */
function joined(ops: readonly Op[]): string[] {
  return ops.flatMap((op) => (op.op === "text" ? [...op.text] : [JSON.stringify(op)]));
}
