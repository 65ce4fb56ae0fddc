import { expect, test } from "vitest";
import { References } from "../../../src/core/markdown/references.ts";
import { type Kind, Stack } from "../../../src/core/markdown/stack.ts";

const quote = (): Kind => ({ kind: "quote", node: { kind: "quote", children: [], settled: 0 } });
const list = (): Kind => ({
  kind: "list",
  mark: "-",
  node: { kind: "list", ordered: false, start: 1, tight: true, children: [], settled: 0 },
});
const item = (): Kind => ({
  kind: "item",
  indent: 2,
  line: 0,
  node: { kind: "item", task: undefined, children: [], settled: 0 },
});

test("a block goes into the deepest one that can contain it", () => {
  const stack = new Stack(new References(true));
  stack.add(list());
  stack.add(item());
  stack.add({ kind: "rule" });
  stack.matched = 2;
  stack.add(quote());
  expect(stack.root.children.map(({ kind }) => kind)).toEqual(["list", "quote"]);
});

test("a closed block is settled, with all blocks before it", () => {
  const stack = new Stack(new References(true));
  stack.add({ kind: "rule" });
  expect(stack.root.settled).toBe(0);
  stack.matched = 1;
  stack.add(quote());
  expect(stack.root.settled).toBe(1);
  stack.closeTo(1);
  expect(stack.root.settled).toBe(2);
});

test("a provisional line is taken back: its blocks, and the list of open blocks", () => {
  const stack = new Stack(new References(true));
  stack.add(quote());
  stack.begin();
  stack.matched = 1;
  stack.beginText(0, "a", true);
  expect(stack.tip.kind).toBe("paragraph");
  stack.rollback();
  expect(stack.tip.kind).toBe("quote");
  expect(stack.root).toMatchObject({ children: [{ kind: "quote" }], settled: 0 });
});

test("an item behind a blank line makes its list loose", () => {
  const stack = new Stack(new References(true));
  stack.add(list());
  stack.add(item());
  stack.add({ kind: "rule" });
  stack.matched = 3;
  stack.mark(true);
  stack.matched = 2;
  stack.add(item());
  expect(stack.root.children).toMatchObject([{ kind: "list", tight: false }]);
});

test("blocks nest 24 deep", () => {
  const stack = new Stack(new References(true));
  let depth = 0;
  for (; stack.canNest; depth++) stack.add(quote());
  expect(depth).toBe(24);
});
