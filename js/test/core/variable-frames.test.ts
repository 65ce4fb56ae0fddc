import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/frames.json" with { type: "json" };
import { isRefusal, isVariables } from "../../src/core/variable-frames.ts";

test.each(fixture.frames)("$name is recognised for what it is", ({ wire }) => {
  expect(isVariables(wire)).toBe(wire.kind === "variables");
  expect(isRefusal(wire)).toBe(wire.kind === "refusal");
});

test.each(fixture.not_frames)("$name is refused", ({ wire }) => {
  expect(isVariables(wire)).toBe(false);
  expect(isRefusal(wire)).toBe(false);
});

test("damaged frames are refused", () => {
  const variables = { v: 1, kind: "variables", to: "p", key: "k", names: ["a"], types: ["int"] };
  expect(isVariables(variables)).toBe(true);
  const damages = [{ v: 2 }, { to: 1 }, { key: null }, { names: "a" }, { types: [1] }, { more: "2" }];
  for (const damage of damages) expect(isVariables({ ...variables, ...damage })).toBe(false);
  expect(isRefusal({ v: 1, kind: "refusal", to: "p", key: "k", reason: 1 })).toBe(false);
});
