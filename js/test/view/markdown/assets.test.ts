import { expect, test } from "vitest";
import { NO_ASSETS } from "../../../src/view/markdown/assets.ts";

test("where nothing can be had, nothing is", async () => {
  expect(await NO_ASSETS.highlighter("python")).toBe(undefined);
  expect(await NO_ASSETS.math()).toBe(undefined);
});
