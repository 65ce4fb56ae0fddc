import { expect, test } from "vitest";
import { Journal } from "../../../src/core/markdown/journal.ts";

test("provisional changes are undone in reverse order", () => {
  const journal = new Journal();
  const node = { text: "a", parts: [1] };
  journal.begin();
  expect(journal.provisional).toBe(true);
  journal.set(node, "text", "b");
  journal.set(node, "text", "c");
  journal.append(node.parts, 2);
  journal.keep(node.parts);
  node.parts.push(3, 4);
  journal.rollback();
  expect(node).toEqual({ text: "a", parts: [1] });
  expect(journal.provisional).toBe(false);
});

test("final changes stay", () => {
  const journal = new Journal();
  const node = { text: "a", parts: [1] };
  journal.set(node, "text", "b");
  journal.append(node.parts, 2);
  journal.rollback();
  journal.begin();
  journal.rollback();
  expect(node).toEqual({ text: "b", parts: [1, 2] });
});
