import { expect, test } from "vitest";
import { CALLED, ELSEWHERE, EMPTY, RAN, UNFINISHED } from "../../../src/core/saved/saved-notes.ts";

test.each([UNFINISHED, EMPTY, ELSEWHERE])("the note %s is a whole sentence", (note) => {
  expect(note).toMatch(/^[A-Z].*\.$/);
});

test("a call says what ran, and what came of it", () => {
  expect([CALLED("f(1)"), RAN("f(1)", "2")]).toEqual(["called f(1)", "ran f(1) → 2"]);
});
