import { expect, test } from "vitest";
import { Journal } from "../../../src/core/markdown/journal.ts";
import { References } from "../../../src/core/markdown/references.ts";
import { alignsOf, cellsOf, Grid } from "../../../src/core/markdown/table.ts";
import { pieces } from "./feed.ts";
import { lineOf } from "./html.ts";

test.each([
  ["| a | b |", ["a", "b"]],
  ["a|b", ["a", "b"]],
  ["|a||", ["a", ""]],
  ["a \\| `b\\|c` | d", ["a | `b|c`", "d"]],
  ["|", []],
  ["| a", ["a"]],
])("the cells of %j are %j", (row, cells) => {
  expect(cellsOf(row)).toEqual(cells);
});

test("a row of as many dashes as the head has cells gives the alignments", () => {
  expect(alignsOf("|a|b|c|d|", "|:-|:-:|-:|-|")).toEqual(["left", "center", "right", "none"]);
  expect(alignsOf("a|b", "- | -")).toEqual(["none", "none"]);
  for (const line of ["|-|", "|-|-|-|", "|-|a|", "||", "|-|--:-|"]) {
    expect(alignsOf("|a|b|", line)).toBeUndefined();
  }
  expect(alignsOf("a", "-")).toBeUndefined();
});

test("a row is filled up, or cut, to the head's width", () => {
  const journal = new Journal();
  const grid = new Grid(new References(true), "|a|b|", ["none", "none"], false);
  grid.row("|c|", false, journal);
  grid.row("|d|e|f|", false, journal);
  expect(grid.table.rows.map((row) => row.map(lineOf))).toEqual([
    ["c", ""],
    ["d", "e"],
  ]);
  expect(grid.table.settled).toBe(2);
});

test("a provisional row is not settled, and is taken back", () => {
  const journal = new Journal();
  const grid = new Grid(new References(true), "|a|", ["none"], false);
  journal.begin();
  grid.row("|*b", true, journal);
  expect(grid.table.rows.map((row) => row.map(lineOf))).toEqual([["<em>b</em>"]]);
  expect(grid.table.settled).toBe(0);
  journal.rollback();
  expect(grid.table.rows).toEqual([]);
});

test("late definitions change the head and the rows", () => {
  const references = new References(true);
  const grid = new Grid(references, "|[a]|", ["none"], false);
  grid.row("|[a]|", false, new Journal());
  references.define("a", { href: "/b", title: "" });
  references.revise();
  const link = '<a href="/b">a</a>';
  expect([grid.table.head, ...grid.table.rows].map((row) => row.map(lineOf))).toEqual([[link], [link]]);
});

test("a table wider than 128 columns is text", () => {
  expect(alignsOf("|a".repeat(128), "|-".repeat(128))).toHaveLength(128);
  expect(alignsOf("|a".repeat(129), "|-".repeat(129))).toBeUndefined();
});

test("a document's tables are completed with at most 5,000 cells, and later rows stay short", () => {
  const head = `${"|a".repeat(100)}|\n${"|-".repeat(100)}|\n`;
  for (const size of [Number.POSITIVE_INFINITY, 7]) {
    const { root } = pieces(`${head}${"|b\n".repeat(60)}\n${head}${"|c\n".repeat(3)}`, () => size);
    const tables = root.children.filter((block) => block.kind === "table");
    const lengths = tables.map(({ rows }) => rows.map((row) => row.length));
    expect(lengths[0]).toEqual([...Array(50).fill(100), 51, ...Array(9).fill(1)]);
    expect(lengths[1]).toEqual([1, 1, 1]);
  }
});

test("a delimiter row's white space is read once", () => {
  const spaces = " ".repeat(100_000);
  for (const line of [`|-|${spaces}x`, `|-${spaces}|${spaces}|x`, `${spaces}-|x`]) {
    expect(alignsOf("|a|b|", line)).toBeUndefined();
  }
});
