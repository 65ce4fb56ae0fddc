/** Every construct of the parser, at any length: one that grows, and many in a row. */

import { numbered, times } from "./hostile.ts";

type Make = (size: number) => string;

const words = times("word ");
const spaces = (size: number) => " ".repeat(Math.max(0, size));

/** Put text before and behind one that grows. */
function within(before: string, make: Make, behind = ""): Make {
  return (size) => before + make(size - before.length - behind.length) + behind;
}

/** Two texts, each of half the length. */
function halves(first: Make, second: Make): Make {
  return (size) => first(Math.floor(size / 2)) + second(Math.ceil(size / 2));
}

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

const INLINES: Readonly<Record<string, Make>> = {
  "escape: many": times("\\*"),
  "escape: at line ends": times("a\\\n"),
  "break: many": times("a  \n"),
  "break: spaces before a line end": within("a", spaces, "\nb"),
  "code: many": times("`a` "),
  "code: open": within("`", words),
  "code: open, no white space": within("`", times("a")),
  "code: of every length": numbered((n) => `${"`".repeat(n % 300)} a `),
  "code: spaces": within("`", spaces, "`"),
  "emphasis: many": times("*a* "),
  "emphasis: many, no white space": times("*a*."),
  "emphasis: open": times("*a "),
  "emphasis: one that is open": within("*", words),
  "emphasis: deep": halves(times("*a "), times("b* ")),
  "emphasis: of all kinds": times("*a _b **c __d ~~e ~f "),
  "emphasis: no kind closes": halves(times("_a "), times("b* ")),
  "strike: many": times("~~a~~ "),
  "strong: many": times("**a** "),
  "link: many": times("[a](b) "),
  "link: many, no white space": times("[a](b)"),
  "link: open": times("[a](b "),
  "link: a long text": within("[", words, "](b)"),
  "link: a long address": within("[a](", times("b")),
  "link: a long address in angles": within("[a](<", times("b")),
  "link: brackets in an address": within("[a](", times("(b")),
  "link: a long title": within("[a](b '", words),
  "link: spaces": within("[a](", spaces, "b"),
  "link: spaces before a title": within("[a](b", spaces, "'c')"),
  "link: titles that do not close": times("[a](b 'c [a](b \"d [a](b (e "),
  "link: references": times("[a][b] "),
  "link: references to what is defined": within("[a]: b\n\n", times("[a] ")),
  "link: deep": halves(times("["), within("a", times("](b)"))),
  "image: many": times("![a](b) "),
  "image: many that may be loaded": times("![a](http:b)"),
  "image: open": within("![", words),
  "image: deep": halves(times("![a "), within("a", times("](b)"))),
  "bracket: open": times("["),
  "bracket: open, with text": times("[a "),
  "bracket: closed": times("]"),
  "bracket: pairs": times("[a] "),
  "bracket: pairs, no white space": times("[a]"),
  "bracket: nested pairs": times("[[a] "),
  "autolink: many": times("<http://a.b> "),
  "autolink: open": within("<http://", times("a")),
  "autolink: of mail": times("<a@b.c> "),
  "autolink: of mail, open": within("<", times("a.")),
  "autolink: of mail, labels": within("<a@", times("b.")),
  "autolink: bare": times("http://a.b "),
  "autolink: bare and long": within("http://a.b/", times("c")),
  "autolink: bare, with marks behind": within("http://a.b/", times("?!.)")),
  "autolink: bare, entities behind": within("http://a.b/", times("&a;")),
  "autolink: without a scheme": times("www.a.b "),
  "autolink: no domain": times("www.a_b "),
  "autolink: bare mail": times("a@b.c "),
  "autolink: bare mail, long": within("", times("a"), "@b.c"),
  "autolink: bare mail, a long host": within("a@", times("b.c-")),
  "reference: named": times("&amp;"),
  "reference: numeric": times("&#65;"),
  "reference: open": times("&a"),
  "formula: in dollars": times("$a$ "),
  "formula: dollars that do not close": times("$a "),
  "formula: two dollars": times("$$a$$ "),
  "formula: in brackets": times("\\(a\\) "),
  "formula: in brackets, open": within("\\(", words),
  "formula: brackets that do not close": times("\\(a "),
  "formula: prices": times("$5 "),
  "raw HTML": times("<b>a</b> "),
  "character: NUL": times("\0"),
  "character: carriage returns": times("\r"),
  "character: unseen": times("\u200b"),
  "character: unseen, in code": within("`", times("a\u202e")),
  "character: unseen, in a line of code": within("```\n", times("a\u202e")),
  "character: emoji": times("👩‍👩‍👧‍👦"),
  "character: of two directions": times("אב ab "),
  "character: no strong direction": times("1 "),
  "character: marks": times("e\u0301"),
};

export const CONSTRUCTS: Readonly<Record<string, Make>> = { ...BLOCKS, ...DEFINITIONS, ...INLINES };
