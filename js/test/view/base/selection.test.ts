import { afterEach, beforeEach, expect, test } from "vitest";
import { preserveSelection } from "../../../src/view/base/selection.ts";

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  root.append("one two three");
  document.body.append("before ", root, " after");
});

afterEach(() => document.body.replaceChildren());

function exchange(): void {
  const bold = document.createElement("b");
  bold.append("two");
  root.replaceChildren("one ", bold, " three");
}

test.each([
  ["forwards", 4, 7],
  ["backwards", 7, 4],
])("a selection %s stays on the same text", (_, from, to) => {
  const text = root.firstChild as Text;
  getSelection()?.setBaseAndExtent(text, from, text, to);
  preserveSelection(root, exchange);
  expect(getSelection()?.toString()).toBe("two");
  expect(getSelection()?.direction).toBe(from < to ? "forward" : "backward");
});

test("a selection that begins outside keeps its beginning", () => {
  getSelection()?.setBaseAndExtent(document.body.firstChild as Text, 3, root.firstChild as Text, 3);
  preserveSelection(root, exchange);
  expect(getSelection()?.anchorNode).toBe(document.body.firstChild);
  expect(getSelection()?.toString().trim().replace(/\s+/g, " ")).toBe("ore one");
});

test("a selection elsewhere is left alone", () => {
  const before = document.body.firstChild as Text;
  getSelection()?.setBaseAndExtent(before, 0, before, 3);
  preserveSelection(root, exchange);
  expect(getSelection()?.toString()).toBe("bef");
});
