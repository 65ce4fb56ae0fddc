import { expect, test } from "vitest";
import { isPing, isRowsAnswer } from "../../../src/core/batch/messages.ts";

test("only an answer with rows passes as one", () => {
  const answer = { kind: "rows", first: 0, only: "all", total: 1, revision: 1, rows: [] };
  expect(isRowsAnswer(answer)).toBe(true);
  for (const wrong of [null, undefined, "rows", {}, { ...answer, rows: "x" }, { ...answer, first: "0" }])
    expect(isRowsAnswer(wrong)).toBe(false);
});

test("a ping is known", () => {
  expect([isPing({ kind: "ping" }), isPing({ kind: "rows" }), isPing(null)]).toEqual([true, false, false]);
});
