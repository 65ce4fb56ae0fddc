import { expect, test } from "vitest";
import { Journal } from "../../../src/core/markdown/journal.ts";

test("what is done on trial is taken back in reverse", () => {
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

test("what is done for good stays", () => {
  const journal = new Journal();
  const node = { text: "a", parts: [1] };
  journal.set(node, "text", "b");
  journal.append(node.parts, 2);
  journal.rollback();
  journal.begin();
  journal.rollback();
  expect(node).toEqual({ text: "b", parts: [1, 2] });
});
