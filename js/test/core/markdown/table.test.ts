import { expect, test } from "vitest";
import { Journal } from "../../../src/core/markdown/journal.ts";
import { References } from "../../../src/core/markdown/references.ts";
import { alignsOf as alignsWith, cellsOf, Grid, mayBeHead } from "../../../src/core/markdown/table.ts";
import { atRandom, byCharacter, pieces, whole } from "./feed.ts";
import { html, lineOf } from "./html.ts";

function alignsOf(head: string, line: string) {
  return alignsWith(head, line, new References(true));
}

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
  expect(alignsOf("a", ":-:")).toEqual(["center"]);
  expect(alignsOf("a", "|-|")).toEqual(["none"]);
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

/** The texts of a table's cells, row by row, which are the same however the text is cut. */
function grid(text: string): string[][] {
  const { root } = whole(text);
  for (const seed of [1, 2, 3]) expect(atRandom(text, seed).root).toEqual(root);
  expect(byCharacter(text).root).toEqual(root);
  const table = root.children.find((block) => block.kind === "table");
  return table ? [table.head, ...table.rows].map((row) => row.map(lineOf)) : [];
}

test.each([
  ["| Both | $P(A|B)$ |", ["Both", "<math>P(A|B)</math>"]],
  ["| norm | $$|x| + |y|$$ |", ["norm", "<math display>|x| + |y|</math>"]],
  ["| norm | \\(|x|\\) |", ["norm", "<math>|x|</math>"]],
  ["| `a|b` | `c || d` |", ["<code>a|b</code>", "<code>c || d</code>"]],
  ["| ``a|`b`` | c", ["<code>a|`b</code>", "c"]],
  ["| $P(A|B)$ | $5 |", ["<math>P(A|B)</math>", "$5"]],
  ["| `a\\|b` | `c|d` |", ["<code>a|b</code>", "<code>c|d</code>"]],
  ["| $5 | $10 |", ["$5", "$10"]],
  ["|$5|US$|", ["$5", "US$"]],
  ["| ` | tick ` |", ["`", "tick `"]],
  ["| a | b | c |", ["a", "b"]],
  ["| `a | b | c` | d | e |", ["<code>a | b | c</code>", "d"]],
])("in two columns the cells of %j are %j", (row, cells) => {
  expect(grid(`| h | i |\n|---|---|\n${row}\n`)).toEqual([["h", "i"], cells]);
});

test("a head keeps its formulas and its code whole, if its columns are then as many as the dashes'", () => {
  expect(grid("| `a|b` | $P(A|B)$ |\n|-|-|\n| c | d |")[0]).toEqual([
    "<code>a|b</code>",
    "<math>P(A|B)</math>",
  ]);
  expect(grid("| `a|b` |\n|-|-|\n")[0]).toEqual(["`a", "b`"]);
  expect(grid("| `a|b` | c | d |\n|-|-|\n")).toEqual([]);
});

test.each([
  ["a\n:-:\nb", [["a"], ["b"]]],
  ["a\n|-|\nb\n\nc", [["a"], ["b"]]],
  ["a b\n-|\nb | c", [["a b"], ["b"]]],
  ["before\nhead\n|---|\n| row |", [["head"], ["row"]]],
  [`${"word ".repeat(30)}\n|-|\nb`, []],
  [`${"word ".repeat(30)}| x\n|-|-|\nb`, []],
  [
    `a | ${"word ".repeat(99)}\n|-|-|\nb`,
    [
      ["a", "word ".repeat(99).trim()],
      ["b", ""],
    ],
  ],
])("the table in %j is %j", (text, cells) => {
  expect(grid(text)).toEqual(cells);
});

test("a long line is no head unless one of its first hundred characters is a pipe", () => {
  expect(mayBeHead("a".repeat(100))).toBe(true);
  expect(mayBeHead("a".repeat(101))).toBe(false);
  expect(mayBeHead(`${"a".repeat(100)}|`)).toBe(true);
  expect(mayBeHead(`${"a".repeat(101)}|`)).toBe(false);
  expect(mayBeHead(`|${"a".repeat(5000)}`)).toBe(false);
});

test("dashes below a line make it a heading, not a table", () => {
  expect(html(whole("a\n---\nb").root)).toBe("<h2>a</h2>\n<p>b</p>\n");
});
