import { expect, test } from "vitest";
import { NO_ASSETS } from "../../../src/view/markdown/assets.ts";

test("without assets there is no highlighter and no formula renderer", async () => {
  expect(await NO_ASSETS.highlighter("python")).toBe(undefined);
  expect(await NO_ASSETS.math()).toBe(undefined);
  expect(await NO_ASSETS.output()).toBe(undefined);
});
