import { expect, test } from "vitest";
import { References } from "../../../src/core/markdown/references.ts";
import { proseSource, rowSource } from "../../../src/core/markdown/revision.ts";
import type { Cell, Prose } from "../../../src/core/markdown/tree.ts";
import { lineOf } from "./html.ts";

const LINK = '<a href="/b">a</a>';

test("a leaf that is parsed again keeps its object, and all of it is settled", () => {
  const references = new References(true);
  const prose: Prose = { kind: "paragraph", level: 0, inlines: [], settled: 0 };
  const { inlines } = prose;
  references.define("a", { href: "/b", title: "" });
  proseSource(prose, "[a] c", references).reparse();
  expect(prose.inlines).toBe(inlines);
  expect(lineOf(prose.inlines)).toBe(`${LINK} c`);
  expect(prose.settled).toBe(prose.inlines.length);
});

test("a row that is parsed again keeps its object and the cells that completed it", () => {
  const references = new References(true);
  const row: Cell[] = [[], [], []];
  references.define("a", { href: "/b", title: "" });
  rowSource(row, ["[a]", "c"], references).reparse();
  expect(row.map(lineOf)).toEqual([LINK, "c", ""]);
});

test("what is parsed again waits for the labels that still have no definition", () => {
  const references = new References(true);
  const row: Cell[] = [[]];
  const source = rowSource(row, ["[a] [d]"], references);
  references.define("a", { href: "/b", title: "" });
  source.reparse();
  references.define("d", { href: "/b", title: "" });
  references.revise();
  expect(row.map(lineOf)).toEqual([`${LINK} <a href="/b">d</a>`]);
});
