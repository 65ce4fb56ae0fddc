import { expect, test } from "vitest";
import { randomId } from "../../src/core/random-id.ts";

test("ids are eight letters or digits, and differ from each other", () => {
  const names = Array.from({ length: 1_000 }, randomId);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]{8}$/);
  expect(new Set(names).size).toBe(names.length);
});
