import { expect, test } from "vitest";
import { pane } from "../../../src/view/base/pane.ts";

test("a pane has a name and takes the focus, so that the keyboard can scroll it", () => {
  const made = pane("Arguments");
  expect([made.getAttribute("role"), made.getAttribute("aria-label")]).toEqual(["group", "Arguments"]);
  expect(made.tabIndex).toBe(0);
  expect(made.dir).toBe("ltr");
});
