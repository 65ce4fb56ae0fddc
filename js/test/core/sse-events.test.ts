import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/sse_events.json" with { type: "json" };
import { isUpdate } from "../../src/core/protocol.ts";
import { decodeOp } from "../../src/core/sse-events.ts";

test.each(fixture)("the events of $name become its ops again", ({ ops, events }) => {
  const made = events.map(([, event]) => decodeOp(event as Record<string, unknown>));
  expect(made).toEqual(ops);
  const seq = events.at(-1)?.[0];
  expect(isUpdate({ v: 1, kind: "update", base: 0, seq, ops: made })).toBe(true);
});

test.each([{}, { stream: "s", now: 1, resume_for: 30 }, { text: 1 }, { ping: true }])(
  "%j is not an op",
  (event) => {
    expect(decodeOp(event)).toBe(undefined);
  },
);
