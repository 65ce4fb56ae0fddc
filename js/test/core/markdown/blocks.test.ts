import { expect, test } from "vitest";
import { begin, isAmbiguous } from "../../../src/core/markdown/blocks.ts";
import { Line } from "../../../src/core/markdown/line.ts";
import { References } from "../../../src/core/markdown/references.ts";
import { Stack } from "../../../src/core/markdown/stack.ts";
import { byCharacter, whole } from "./feed.ts";
import { html } from "./html.ts";

/** The kinds of the blocks that a first line begins, from the outside in. */
function begun(text: string): string[] {
  const stack = new Stack(new References(true));
  const line = new Line(text);
  while (begin(line, stack) === "parent");
  return stack.open.slice(1).map(({ kind }) => kind);
}

test.each([
  ["> > a", ["quote", "quote"]],
  ["## a", ["heading"]],
  ["####### a", []],
  ["#a", []],
  ["``` a`b", []],
  ["~~~ a`b", ["fence"]],
  ["$$", ["formula"]],
  ["- - -", ["rule"]],
  ["- - a", ["list", "item", "list", "item"]],
  ["1. > a", ["list", "item", "quote"]],
  ["1234567890. a", []],
  ["[^a]: b", ["footnote"]],
  ["-     a", ["list", "item", "indented"]],
  ["    > a", ["indented"]],
  ["===", []],
])("%j begins %j", (text, kinds) => {
  expect(begun(text)).toEqual(kinds);
});

test.each([
  "-",
  "--",
  "- -",
  "=",
  "1",
  "1.",
  "#",
  "## ",
  ">",
  "`",
  "``",
  "~",
  "$",
  "|--",
  "[",
  "[^a",
  "[^a]",
  " ",
])("%j is ambiguous", (text) => {
  const stack = new Stack(new References(true));
  expect(isAmbiguous(new Line(text), stack)).toBe(true);
});

test.each(["a", "-a", "1a", "#a", "$5", "`a", "*a", "| a", "1.a"])("%j is not ambiguous", (text) => {
  expect(isAmbiguous(new Line(text), new Stack(new References(true)))).toBe(false);
});

test.each([
  ["- > 25: rich\n- >= 10\n- >25%\n- > $5\n- > -3\n- > ~4", 6],
  ["1. > 25: rich\n2) > 30", 2],
  ["- a\n  - > 25\n  - < 3", 3],
])("an item that begins with a comparison keeps its sign: %j", (text, items) => {
  const shown = html(whole(text).root);
  expect(shown.match(/<li>/g)).toHaveLength(items);
  expect(shown).not.toContain("<blockquote>");
  byCharacter(text, ({ root }) => expect(html(root)).not.toContain("<blockquote>"));
  expect(byCharacter(text).root).toEqual(whole(text).root);
});

test.each(["> 25: rich", "- > a", "- > - 5", "- a\n  > 25", "- >\n  > 25"])("%j is a quote", (text) => {
  expect(html(whole(text).root)).toContain("<blockquote>");
  expect(byCharacter(text).root).toEqual(whole(text).root);
});

test.each(["*", "- ", "_ ", "|-"])("a line of six million characters is parsed: %j", (unit) => {
  const { root } = whole(`|a|\n${unit.repeat(6_000_000 / unit.length)}`);
  expect(root.children.map(({ kind }) => kind)).toEqual(
    unit === "|-" ? ["paragraph"] : ["paragraph", "rule"],
  );
});
