import { expect, test } from "vitest";
import { longerFence } from "../../../src/core/saved/safe-fences.ts";

test("a fence is longer than every run inside", () => {
  expect(longerFence(["a ```` b", "`"])).toBe("`````");
  expect(longerFence([])).toBe("```");
});
