import { beforeEach, expect, test } from "vitest";
import { HIGH_MARK_CHARS } from "../../src/core/inbox.ts";
import type { Op } from "../../src/core/protocol.ts";
import { UpdateBatch } from "../../src/transport/update-batch.ts";

const OP: Op = { op: "text", text: "Hi" };
const FRAME = { v: 1, kind: "update", to: "p" } as const;

let frames: unknown[];
let batch: UpdateBatch;

beforeEach(() => {
  frames = [];
  batch = new UpdateBatch();
  batch.page = "p";
  batch.receive = (wire) => frames.push(wire);
});

test("the ops of one turn of the event loop go in one frame", async () => {
  batch.add(OP, 2);
  batch.add(OP, 4);
  expect(frames).toEqual([]);
  await Promise.resolve();
  expect(frames).toEqual([{ ...FRAME, base: 0, seq: 4, ops: [OP, OP] }]);
  expect(batch.position).toBe(4);
});

test("a frame without a position ends at the page's position", () => {
  batch.add(OP, 2);
  batch.flush();
  batch.emit({ now: 5 });
  expect(frames.at(-1)).toEqual({ ...FRAME, base: 2, seq: 2, now: 5 });
});

test("an op over the high mark waits until the page has painted enough", async () => {
  batch.add(OP, 100);
  const added = batch.add(OP, HIGH_MARK_CHARS + 50);
  batch.markPainted(49);
  batch.flush();
  expect(batch.position).toBe(100);
  batch.markPainted(50);
  await added;
  batch.flush();
  expect(batch.position).toBe(HIGH_MARK_CHARS + 50);
});

test("a restart forgets the collected ops, and the op that waits", () => {
  batch.add(OP, 100);
  batch.add(OP, HIGH_MARK_CHARS + 1);
  batch.restart(40);
  batch.markPainted(100);
  batch.flush();
  expect(frames).toEqual([]);
  expect(batch.position).toBe(40);
});
