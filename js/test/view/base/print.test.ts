import { expect, test } from "vitest";
import { openDetailsForPrint } from "../../../src/view/base/print.ts";

test("what is closed is open while the page is printed, and what was open stays open", () => {
  const life = new AbortController();
  const root = document.createElement("div");
  root.innerHTML = "<details></details><details open></details>";
  openDetailsForPrint(root, life.signal);
  const open = () => [...root.querySelectorAll("details")].map((details) => details.open);
  dispatchEvent(new Event("beforeprint"));
  expect(open()).toEqual([true, true]);
  dispatchEvent(new Event("afterprint"));
  expect(open()).toEqual([false, true]);
  life.abort();
  dispatchEvent(new Event("beforeprint"));
  expect(open()).toEqual([false, true]);
});
