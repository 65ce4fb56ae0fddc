/** Blocks of the CommonMark specification (§4, §5): the conditions for beginning and continuing each kind. */

import { alertOf, mayBeAlert } from "./alert.ts";
import { continuesFence, fence } from "./fences.ts";
import { beginFormula, continuesFormula } from "./formulas/block.ts";
import { details, mayBeDetails, summary } from "./html/details.ts";
import type { Line } from "./line.ts";
import type { Kind, Open, Stack } from "./stack.ts";
import { alignsOf, Grid } from "./table.ts";
import type { Code, List } from "./tree.ts";

/**
 * Returns whether an open block continues in this line, and consumes the block's prefix if it does. "ends":
 * the line closes a fence. "held": the line is unfinished and does not yet decide it.
 */
type Continues = (open: never, line: Line, partial: boolean) => boolean | "ends" | "held";

const CODE_INDENT_COLUMNS = 4;

function continuesItem(open: Extract<Open, { kind: "item" }>, line: Line): boolean {
  if (line.blank && !open.last) return false;
  const goes = line.blank || line.indent >= open.indent;
  if (goes) line.skip(open.indent);
  return goes;
}

function continuesQuote(_: Open, line: Line): boolean {
  if (line.indent >= CODE_INDENT_COLUMNS || line.char !== ">") return false;
  line.eat(1);
  line.skip(1);
  return true;
}

export const CONTINUES: Readonly<Record<Open["kind"], Continues>> = {
  document: () => true,
  list: () => true,
  quote: continuesQuote,
  item: continuesItem,
  details: () => true,
  footnote(_: Open, line: Line) {
    if (line.indent < CODE_INDENT_COLUMNS) return line.blank;
    line.skip(CODE_INDENT_COLUMNS);
    return true;
  },
  paragraph: (_: Open, line: Line) => !line.blank,
  table: (_: Open, line: Line) => !line.blank,
  heading: () => false,
  summary: (_: Open, line: Line) => !line.blank,
  rule: () => false,
  fence: continuesFence,
  indented(_: Open, line: Line) {
    const goes = line.indent >= CODE_INDENT_COLUMNS || line.blank;
    if (goes) line.skip(CODE_INDENT_COLUMNS);
    return goes;
  },
  formula: continuesFormula,
};

/**
 * Begins a block with this line, if the line allows it. "parent": the rest of the line may begin a further
 * block inside. "leaf": the rest of the line belongs to the block. undefined: no block began.
 */
type Start = (line: Line, stack: Stack) => "parent" | "leaf" | undefined;

/** A sign before a number, as in `- > 25: rich`. */
const COMPARISON = /^>(?:=|[ \t]*[-+\u2212~\u2248]?[$\u20ac\u00a3\u00a5]?\d)/;

/** Whether an item begins with a comparison. As a quote, it would lose its sign and so its meaning. */
function compares(line: Line, { container, references, line: number }: Stack): boolean {
  const begins = container.kind === "item" && !container.last && container.line === number;
  return begins && references.extensions && COMPARISON.test(line.content());
}

/** §5.1: a block quote. */
function quote(line: Line, stack: Stack): ReturnType<Start> {
  if (line.char !== ">" || !stack.canNest || compares(line, stack)) return undefined;
  line.eat(1);
  line.skip(1);
  stack.add({ kind: "quote", node: { kind: "quote", children: [], settled: 0 } });
  return "parent";
}

/** The mark of an alert, at the beginning of a quote. */
function alert(line: Line, { container, references, journal }: Stack): ReturnType<Start> {
  if (!beginsQuote(container) || !references.extensions) return undefined;
  const found = alertOf(line.content());
  if (found === undefined) return undefined;
  journal.set(container.node, "alert", found);
  line.eat(line.content().length);
  return "leaf";
}

function beginsQuote(open: Open): open is Extract<Open, { kind: "quote" }> {
  return open.kind === "quote" && !open.last && open.node.alert === undefined;
}

/** §4.2: an ATX heading. Its closing sequence is removed when the heading closes. */
function heading(line: Line, stack: Stack): ReturnType<Start> {
  const marks = /^#{1,6}(?=[ \t]|$)/.exec(line.content())?.[0];
  if (marks === undefined) return undefined;
  line.eat(marks.length);
  stack.beginText(marks.length, line.content(), false);
  return "leaf";
}

/** §4.3: a setext heading, made of the paragraph above, unless that consists of definitions alone. */
function underline(line: Line, stack: Stack): ReturnType<Start> {
  const { container } = stack;
  if (container.kind !== "paragraph") return undefined;
  const mark = /^(=+|-+)[ \t]*$/.exec(line.content())?.[1];
  if (mark === undefined) return undefined;
  container.leaf.defined(false);
  if (container.leaf.text === "") return undefined;
  container.leaf.become(mark[0] === "=" ? 1 : 2);
  stack.closeTo(stack.matched - 1);
  return "leaf";
}

/** §4.1: a thematic break. */
function rule(line: Line, stack: Stack): ReturnType<Start> {
  // The browser notes each repetition of a group, and throws when it has no room for more. It notes none of a character.
  if (!/^(?=([-_*])[ \t]*\1[ \t]*\1)(?:[- \t]+|[_ \t]+|[* \t]+)$/.test(line.content())) return undefined;
  stack.add({ kind: "rule" });
  return "leaf";
}

/**
 * A footnote. GitHub supports footnotes, but the GFM specification has no section about them. The content of
 * a footnote is indented, like the content of a list item. Spaces behind the mark do not make it code.
 */
function footnote(line: Line, stack: Stack): ReturnType<Start> {
  const [mark, label] = /^\[\^([^\][\s]{1,99})\]:/.exec(line.content()) ?? [];
  if (mark === undefined || label === undefined || !stack.references.extensions || !stack.canNest)
    return undefined;
  line.eat(mark.length);
  line.skip(line.indent);
  stack.add({ kind: "footnote", node: { kind: "footnote", label, children: [], settled: 0 } });
  if (!stack.journal.provisional) stack.references.footnote(label);
  return "parent";
}

/** §5.2, §5.3: a list item. Only the first item of a list, if it has text, may interrupt a paragraph. */
function item(line: Line, stack: Stack): ReturnType<Start> {
  const { container } = stack;
  const [marker, bullet, digits, mark = bullet] =
    /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/.exec(line.content()) ?? [];
  if (marker === undefined || mark === undefined || !stack.canNest) return undefined;
  const bare = /^[ \t]*$/.test(line.content().slice(marker.length));
  const start = Number(digits ?? 1);
  if (container.kind === "paragraph" && (bare || start !== 1)) return undefined;
  const offset = line.indent + marker.length;
  line.eat(marker.length);
  const spaces = line.indent;
  const width = bare || spaces > CODE_INDENT_COLUMNS ? 1 : spaces;
  line.skip(width);
  if (container.kind !== "list" || container.mark !== mark) {
    const ordered = digits !== undefined;
    const node: List = { kind: "list", ordered, start, tight: true, children: [], settled: 0 };
    stack.add({ kind: "list", node, mark });
  }
  const node = { kind: "item", task: undefined, children: [], settled: 0 } as const;
  stack.add({ kind: "item", node: { ...node }, indent: offset + width, line: stack.line });
  return "parent";
}

/** GFM §4.10: a table. Its head is the paragraph's last line, if this delimiter row has as many cells. */
function table(line: Line, stack: Stack): ReturnType<Start> {
  const { container, references } = stack;
  if (container.kind !== "paragraph" || !references.extensions) return undefined;
  const head = container.leaf.head;
  const aligns = head === undefined ? undefined : alignsOf(head, line.content(), references);
  if (head === undefined || aligns === undefined) return undefined;
  container.leaf.dropHead();
  stack.closeTo(stack.matched - 1);
  stack.add({ kind: "table", grid: new Grid(references, head, aligns, false) });
  return "leaf";
}

/** §4.4: an indented code block. It cannot interrupt a paragraph. */
function indented(line: Line, stack: Stack): ReturnType<Start> {
  if (stack.tip.kind === "paragraph" || line.blank) return undefined;
  line.skip(CODE_INDENT_COLUMNS);
  const node: Code = { kind: "code", info: "", lines: [], settled: 0, open: true };
  stack.add({ kind: "indented", node, blanks: [] } satisfies Kind);
  return "leaf";
}

const STARTS: readonly Start[] = [
  details,
  summary,
  alert,
  quote,
  heading,
  fence,
  beginFormula,
  underline,
  rule,
  footnote,
  item,
  table,
];

export function begin(line: Line, stack: Stack): ReturnType<Start> {
  if (line.indent >= CODE_INDENT_COLUMNS) return indented(line, stack);
  for (const start of STARTS) {
    const begun = start(line, stack);
    if (begun) return begun;
  }
  return undefined;
}

/** An unfinished line of this form may still become one of several kinds of block. */
const AMBIGUOUS =
  /^(?:_[_ \t]*|\*[* \t]*|\+[ \t]*|=+[ \t]*|\d{1,9}(?:[.)][ \t]*)?|#{1,6}[ \t]*|>[ \t]*[-+\u2212~\u2248]?[$\u20ac\u00a3\u00a5]?|`{1,2}|~{1,2}|\$\$?[ \t]*|\\(?:\[[ \t]*|b(?:e(?:g(?:i(?:n(?:\{[A-Za-z]{0,12}\*?)?)?)?)?)?)?|[-:| \t]*|\[|\[\^[^\][\s]{0,99}\]?)$/;
const AMBIGUOUS_TASK = /^\[[ xX]?\]?[ \t]*$/;

/** Whether an unfinished line must be held back, because more text may make it another kind of block. */
export function isAmbiguous(line: Line, stack: Stack): boolean {
  const content = line.content();
  if (line.indent >= CODE_INDENT_COLUMNS) return content === "";
  const { container } = stack;
  if (beginsQuote(container) && mayBeAlert(content)) return true;
  if (content.startsWith("<") && mayBeDetails(content)) return true;
  return (
    AMBIGUOUS.test(content) || (container.kind === "item" && !container.last && AMBIGUOUS_TASK.test(content))
  );
}
