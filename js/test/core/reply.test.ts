import { expect, test } from "vitest";
import type { Op, Status } from "../../src/core/protocol.ts";
import { changeReply, isRunning, type Reply } from "../../src/core/reply.ts";

const op = (status: Status, at: number, more: object = {}) =>
  ({ op: "reply", status, at, ...more }) as Op & { op: "reply" };

/** Apply changes one after the other, each with its own count of characters. */
function afterAll(...ops: (Op & { op: "reply" })[]): Reply {
  const [first, ...others] = ops;
  return others.reduce(
    (reply, change, index) => changeReply(reply, change, index + 1),
    changeReply(undefined, first as Op & { op: "reply" }, 0),
  );
}

test("a reply runs while it waits or streams", () => {
  const running = ["idle", "waiting", "streaming", "done", "stopped", "failed"].filter((status) =>
    isRunning({ status: status as Status }),
  );
  expect(running).toEqual(["waiting", "streaming"]);
  expect(isRunning(undefined)).toBe(false);
});

test("a reply keeps the times of its beginning and of its first text until its end", () => {
  const reply = afterAll(op("waiting", 1), op("streaming", 2), op("streaming", 3), op("done", 5));
  expect(reply).toMatchObject({ began: 1, firstTextAt: 2, ended: 5, countedChars: 3 });
});

test("a reply that is asked for again begins anew", () => {
  const failed = op("failed", 5, { error: "No.", retry_at: 9, cost: 1, is_left_out: true });
  const before = afterAll(op("waiting", 1), op("streaming", 2), failed);
  expect(before).toMatchObject({ error: "No.", retryAt: 9, cost: 1, isLeftOut: true, ended: 5 });
  const again = changeReply(before, op("waiting", 7), 4);
  expect(again).toMatchObject({ began: 7, isLeftOut: false, usage: {}, countedChars: 4 });
  for (const name of ["ended", "error", "retryAt", "cost", "firstTextAt", "stalled"] as const)
    expect(again[name]).toBeUndefined();
});

test("a reply without a beginning begins with its first change", () => {
  expect(afterAll(op("streaming", 3))).toMatchObject({ began: 3, firstTextAt: 3 });
  expect(changeReply(undefined, { op: "reply", status: "done" }, 0)).toMatchObject({ began: 0, ended: 0 });
});
