/** Every construct of the parser, at any length: one that grows, and many in a row. */

import { INLINES } from "./inline-constructs.ts";
import { halves, type Make, numbered, spaces, times, within, words } from "./sized-texts.ts";

const BLOCKS: Readonly<Record<string, Make>> = {
  "paragraph: one line": words,
  "paragraph: many lines": times("word word\n"),
  "paragraph: short lines": times("a\n"),
  "paragraph: many lines behind an open bracket": within("[", times("a\n")),
  "paragraph: many lines behind an open star": within("*a ", times("b\n")),
  "paragraph: no white space": times("a"),
  "paragraph: many": times("a\n\n"),
  "paragraph: lines that may be the head of a table": times("| a\n"),
  "paragraph: a long line behind long text that is open": halves(
    within("[", times("a ")),
    within("\n| a ", words),
  ),
  "heading: long": within("# ", words),
  "heading: many": times("# a\n"),
  "heading: hashes behind": within("# a ", times("#")),
  "heading: spaces and hashes behind": within("# a ", times(" #")),
  "heading: underlined, long": within("", times("a\n"), "\n===\n"),
  "heading: underlined, many": times("a\n-\n"),
  "heading: a long underline": within("a\n", times("=")),
  "heading: a long underline with spaces": within("a\n=", spaces, "b"),
  "rule: long": times("- "),
  "rule: long, of stars": times("*"),
  "rule: many": times("---\n"),
  "rule: spaces that do not end": within("- -", spaces, "a"),
  "indented code: many lines": times("    a\n"),
  "indented code: blank lines": within("    a\n", times("\n")),
  "indented code: blank lines inside": within("    a\n", times("\n"), "    b\n"),
  "indented code: blank lines before a long line": halves(
    within("    a\n", times("\n")),
    within("    ", words),
  ),
  "indented code: many groups of blank lines": times("    a\n\n\n\n\n"),
  "indented code: one line": within("    ", words),
  "indented code: spaces": spaces,
  "fence: many lines": within("```\n", times("a = 1\n")),
  "fence: empty lines": within("```\n", times("\n")),
  "fence: one line": within("```\n", words),
  "fence: one line of spaces": within("```\n", spaces),
  "fence: one line of ticks": within("```\n", times("`")),
  "fence: a long info string": within("```", words),
  "fence: a long info string with ticks": within("```", times("a` ")),
  "fence: a long opener": times("`"),
  "fence: a long opener of tildes": times("~"),
  "fence: many": times("```\na\n```\n"),
  "fence: many that are open in quotes": times("> ```\n\n"),
  "quote: many lines": times("> a\n"),
  "quote: one line": within("> ", words),
  "quote: lazy lines": within("> a\n", times("b\n")),
  "quote: many": times("> a\n\n"),
  "quote: deep": times(">"),
  "quote: deep, many": times(`${">".repeat(30)}a\n\n`),
  "list: many items": times("- a\n"),
  "list: empty items": times("-\n"),
  "list: loose": times("- a\n\n"),
  "list: numbered": numbered((n) => `${n}. a\n`),
  "list: of other marks": times("- a\n+ a\n"),
  "list: comparisons": times("- > 2\n"),
  "list: deep": numbered((n) => `${"  ".repeat(n % 40)}- a\n`),
  "list: deep in one line": times("- + "),
  "list: an item with many lines": within("- a\n", times("  b\n")),
  "list: an item with blank lines": within("- a\n", times("\n"), "  b\n"),
  "list: a long item": within("- ", words),
  "list: spaces behind a mark": within("- ", spaces, "a"),
  "list: deep, with lines of spaces": within("- - - - - - - - a\n", times(`${" ".repeat(200)}\n`)),
  "task: many": times("- [x] a\n"),
  "task: spaces behind a box": within("- [x]", spaces, "a"),
  "table: many rows": within("|a|b|\n|-|-|\n", times("|c|d|\n")),
  "table: rows to fill up": (size) =>
    `${"|a".repeat(120)}|\n${"|-".repeat(120)}|\n${times("|\n")(Math.max(0, size - 484))}`,
  "table: many that are wide": times(`${"|a".repeat(100)}\n${"|-".repeat(100)}\n|\n\n`),
  "table: many": times("|a|\n|-|\n|b|\n\n"),
  "table: a long row": within("|a|b|\n|-|-|\n", times("|c ")),
  "table: a long cell": within("|a|b|\n|-|-|\n|", words),
  "table: a long row of escapes": within("|a|b|\n|-|-|\n|", times("\\|")),
  "table: rows with pipes in code": within("|a|b|\n|-|-|\n", times("|`c|d`|$e|f$|\n")),
  "table: a long row with pipes in code": within("|a|b|\n|-|-|\n|", times("`c|d` ")),
  "table: a long row of ticks and dollars": within("|a|\n|-|\n|", times("`|$|``|")),
  "table: many without a pipe in the head": times("a\n|-|\n\n"),
  "table: a long head": times("|a"),
  "table: a long delimiter row": within("|a|\n", times("|-")),
  "table: spaces in a delimiter row": within("|a|b|\n|-|-|", spaces, "a"),
  "table: spaces in every cell of a delimiter row": within("|a|b|\n", times("|-   "), "a"),
  "table: spaces before a delimiter row": within("|a|b|\n|", spaces, "-|-|a"),
  "formula: many lines": within("$$\n", times("x\n")),
  "formula: one line": within("$$ ", times("x + ")),
  "formula: one line below the mark": within("\\[\n", times("x + ")),
  "formula: many": times("$$x$$\n"),
  "footnote: many": numbered((n) => `[^${n}]\n\n[^${n}]: a\n\n`),
  "footnote: spaces behind its mark": within("[^a]:", spaces, "b"),
  "footnote: long": within("[^a]: ", words),
  "footnote: many lines": within("[^a]: b\n", times("    c\n")),
  "footnote: many references": times("[^a] "),
  "footnote: references without a text": numbered((n) => `[^${n}] `),
  "footnote: backwards": (size) => {
    const count = Math.floor(size / 20);
    const labels = Array.from({ length: count }, (_, n) => n + 1000);
    return `${labels.map((n) => `[^${n}]`).join(" ")}\n\n${labels
      .reverse()
      .map((n) => `[^${n}]: a\n\n`)
      .join("")}`;
  },
};

const DEFINITIONS: Readonly<Record<string, Make>> = {
  "definition: many": numbered((n) => `[a${n}]: b\n`),
  "definition: one label": times("[a]: b\n"),
  "definition: a long label": within("[", times("a ")),
  "definition: many long labels": times(`[${"a ".repeat(200)}]: b\n`),
  "definition: a long address": within("[a]: ", times("b")),
  "definition: a long title": within("[a]: b '", words),
  "definition: a title of many lines": within("[a]: b '", times("c\n")),
  "definition: titles of many lines": times(`[a]: b '${"c\n".repeat(300)}`),
  "definition: spaces": within("[a]:", spaces, "b"),
  "late definition: of one leaf": halves(
    numbered((n) => `[a${n}] `),
    within(
      "\n\n",
      numbered((n) => `[a${n}]: b\n`),
    ),
  ),
  "late definition: of many leaves": halves(
    numbered((n) => `[a${n}]\n\n`),
    numbered((n) => `[a${n}]: b\n`),
  ),
  "late definition: of every leaf": halves(
    times("[a][b][c][d]\n\n"),
    times("[a]: b\n\n[b]: c\n\n[c]: d\n\n[d]: e\n\n"),
  ),
  "late definition: of rows": halves(
    within(
      "|a|\n|-|\n",
      numbered((n) => `|[a${n}]|\n`),
    ),
    within(
      "\n",
      numbered((n) => `[a${n}]: b\n`),
    ),
  ),
  "late definition: too many for every leaf": halves(
    times(`${Array.from({ length: 20 }, (_, n) => `[a${n}]`).join("")}\n\n`),
    numbered((n) => `[a${n % 20}]: b\n\n`),
  ),
};

export const CONSTRUCTS: Readonly<Record<string, Make>> = { ...BLOCKS, ...DEFINITIONS, ...INLINES };
