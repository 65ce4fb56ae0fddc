import { expect, test } from "vitest";
import { pane } from "../../../src/view/base/pane.ts";

test("a pane has a name, and is no stop for the keyboard, because it does not scroll", () => {
  const made = pane("Arguments");
  expect([made.getAttribute("role"), made.getAttribute("aria-label")]).toEqual(["group", "Arguments"]);
  expect(made.tabIndex).toBe(-1);
  expect(made.dir).toBe("ltr");
});
