import { expect, test } from "vitest";
import { NO_PARTS } from "../../../src/view/markdown/lazy-parts.ts";

test("where nothing can be had, nothing is", async () => {
  expect(await NO_PARTS.highlighter("python")).toBe(undefined);
  expect(await NO_PARTS.math()).toBe(undefined);
});
