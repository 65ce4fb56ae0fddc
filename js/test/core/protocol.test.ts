import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/frames.json" with { type: "json" };
import { isUpdate } from "../../src/core/protocol.ts";

const updates = fixture.frames.filter(({ wire }) => wire.kind === "update");

test.each(updates)("$name is taken for what it is", ({ wire }) => {
  expect(isUpdate(wire)).toBe(true);
});

test.each(fixture.frames.filter(({ wire }) => wire.kind !== "update"))(
  "$name, which is the page's own to say, is not taken",
  ({ wire }) => {
    expect(isUpdate(wire)).toBe(false);
  },
);

test.each(fixture.not_frames)("$name is refused", ({ wire }) => {
  expect(isUpdate(wire)).toBe(false);
});

test("a frame damaged anywhere is refused or still a frame, and never an error", () => {
  for (const { wire } of updates) {
    for (const key of Object.keys(wire)) {
      for (const value of [null, undefined, -1, 1.5, "x", [], {}, [null], [{}], true]) {
        expect(typeof isUpdate({ ...wire, [key]: value })).toBe("boolean");
      }
    }
  }
});
