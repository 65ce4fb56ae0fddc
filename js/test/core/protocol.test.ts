import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/frames.json" with { type: "json" };
import { isAsset, isUpdate } from "../../src/core/protocol.ts";

const updates = fixture.frames.filter(({ wire }) => wire.kind === "update");

const assets = fixture.frames.filter(({ wire }) => wire.kind === "asset");

test.each(updates)("$name is recognised as an update", ({ wire }) => {
  expect(isUpdate(wire)).toBe(true);
  expect(isAsset(wire)).toBe(false);
});

test.each(assets)("$name is recognised as an asset", ({ wire }) => {
  expect(isAsset(wire)).toBe(true);
  expect(isUpdate(wire)).toBe(false);
});

test.each(
  fixture.frames.filter(({ wire }) => !["update", "asset", "variables", "refusal"].includes(wire.kind)),
)("$name, which only a page sends, is refused", ({ wire }) => {
  expect(isUpdate(wire)).toBe(false);
  expect(isAsset(wire)).toBe(false);
});

test.each(fixture.not_frames)("$name is refused", ({ wire }) => {
  expect(isUpdate(wire)).toBe(false);
  expect(isAsset(wire)).toBe(false);
});

test("a frame damaged anywhere is refused or still a frame, and never an error", () => {
  for (const { wire } of [...updates, ...assets]) {
    for (const key of Object.keys(wire)) {
      for (const value of [null, undefined, -1, 1.5, "x", [], {}, [null], [{}], true]) {
        const damaged = { ...wire, [key]: value };
        expect([typeof isUpdate(damaged), typeof isAsset(damaged)]).toEqual(["boolean", "boolean"]);
      }
    }
  }
});
