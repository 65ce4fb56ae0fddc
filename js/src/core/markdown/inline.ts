/** Inline elements of a leaf's text (§6), each parsed by the rule for the character that may begin it. */

import { angledAt, type Bare, type Surroundings, schemeAround, wwwAround } from "./autolink.ts";
import { bang, bracket, close, unfinishedImage } from "./brackets.ts";
import { isAsciiPunctuation, trimmedEnd } from "./chars.ts";
import { runAt } from "./delimiters.ts";
import { entityAt } from "./entities.ts";
import { closerFrom, markAt } from "./formulas/marks.ts";
import { displayAt, dollarsAt, type Found, slashedAt } from "./formulas/math.ts";
import { comment } from "./html/comments.ts";
import { tag } from "./html/tags.ts";
import { mail } from "./mail.ts";
import type { References } from "./references.ts";
import { type Parsed, type Rule, Scanner } from "./scanner.ts";
import type { Inline } from "./tree.ts";

export type { Parsed };

/** An end of an unfinished text whose meaning may change with the text that follows. It is not shown yet. */
const HELD =
  /(?:\\?(?:(?:[*_~`$]|<\/?[A-Za-z]{1,8}[ \t]{0,9}\/?>)+(?:<(?:\/?[A-Za-z]{0,8}[ \t]{0,9}\/?|!-?))?|<(?:\/?[A-Za-z]{0,8}[ \t]{0,9}\/?|!-?)|[!\]&[\\])|\\[(\n]|!?\[|&#?[A-Za-z\d]{1,31}|!?\[\^[^\][\s]{0,99}\]?|\\b(?:e(?:g(?:i(?:n(?:\{[A-Za-z]{0,12}\*?)?)?)?)?)?|[\ud800-\udbff])$/;

/** The longest ambiguous end. Only a run of delimiters can be longer, and part of such a run may be shown. */
const MAX_HELD_CHARS = 128;

/** Return the text without its ambiguous end. */
function certain(text: string): string {
  const held = HELD.exec(text.slice(-MAX_HELD_CHARS))?.[0].length ?? 0;
  return held > 0 ? text.slice(0, -held) : text;
}

/**
 * Parse a leaf's text.
 *
 * @param open Whether more text may follow. If so, an unfinished element is shown as it will look when
 *   finished.
 * @param limit The text must not be cut at this index or later.
 */
export function parseInlines(
  text: string,
  references: References,
  open: boolean,
  limit = Number.POSITIVE_INFINITY,
): Parsed {
  const known = open ? certain(text) : text;
  const shown = trimmedEnd(known, " \t\n");
  const scanner = new Scanner(shown, references, open, open && shown === known, limit);
  scanner.scan(references.extensions ? EXTENDED : COMMON);
  if (open) unfinishedImage(scanner);
  return scanner.finish();
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Find the formulas and the code spans in a text. */
export function opaqueRanges(text: string, references: References): Range[] {
  const ranges: Range[] = [];
  const recorded = (rule: Rule): Rule => {
    return (scanner) => {
      const start = scanner.at;
      const isTaken = rule(scanner);
      const kind = scanner.from === scanner.at ? (scanner.tokens.at(-1) as Inline | undefined)?.kind : "";
      if (kind === "math" || kind === "code") ranges.push({ start, end: scanner.at });
      return isTaken;
    };
  };
  const scanner = new Scanner(text, references, false, false, 0);
  scanner.scan({ "\\": recorded(backslash), "`": recorded(code), $: recorded(dollars) });
  return ranges;
}

/** §2.4, §6.7: a backslash escapes the punctuation after it, and makes a hard break at the end of a line. */
function backslash(scanner: Scanner): boolean {
  const { text, at } = scanner;
  const next = text[at + 1];
  if (next === "\n") {
    scanner.take(at, at + 2, { kind: "break" });
    return true;
  }
  if (scanner.references.extensions && next === "(") {
    const close = knownCloser(scanner, "\\)", at + 2);
    if (formula(scanner, slashedAt(text, at, close, scanner.open))) return true;
  } else if (scanner.references.extensions && display(scanner)) return true;
  if (!isAsciiPunctuation(next)) return false;
  scanner.take(at, at + 2, { kind: "text", text: next as string });
  return true;
}

/** Find the next closing mark. A mark that does not occur in the text is searched for only once. */
function knownCloser(scanner: Scanner, closer: string, from: number): number {
  const known = scanner.closers.get(closer);
  if (known !== undefined && (known < 0 || known >= from)) return known;
  const found = closerFrom(scanner.text, closer, from);
  scanner.closers.set(closer, found);
  return found;
}

function display(scanner: Scanner): boolean {
  const { text, at, open } = scanner;
  const mark = markAt(text, at);
  if (!mark) return false;
  const close = knownCloser(scanner, mark.closer, at + mark.opener.length);
  return formula(scanner, displayAt(text, at, mark, close, open));
}

function formula(scanner: Scanner, found: Found): boolean {
  if (found === undefined) return false;
  if (found === "unfinished" || found.end >= scanner.text.length) scanner.pending = true;
  if (found === "unfinished") return false;
  scanner.take(scanner.at, found.end, found.node);
  return true;
}

/** §6.1: a code span. A run of backticks is closed by the next run of the same length. */
function code(scanner: Scanner): boolean {
  const { text, at } = scanner;
  const end = runEnd(text, at);
  const close = ticksFrom(scanner, end - at, end);
  if (close < 0 && !scanner.open) {
    scanner.at = end;
    return true;
  }
  if (close < 0) scanner.pending = true;
  const inside = (close < 0 ? text.slice(end) : text.slice(end, close)).replaceAll("\n", " ");
  const padded = inside.startsWith(" ") && inside.endsWith(" ") && /[^ ]/.test(inside);
  const node = { kind: "code", text: padded ? inside.slice(1, -1) : inside } as const;
  scanner.take(at, close < 0 ? text.length : close + end - at, node);
  return true;
}

function ticksFrom(scanner: Scanner, length: number, from: number): number {
  if (!scanner.ticks) {
    scanner.ticks = new Map();
    for (const run of [...scanner.text.matchAll(/`+/g)].reverse()) {
      const indexes = scanner.ticks.get(run[0].length);
      if (indexes) indexes.push(run.index);
      else scanner.ticks.set(run[0].length, [run.index]);
    }
  }
  const indexes = scanner.ticks.get(length) ?? [];
  while (indexes.length > 0 && (indexes.at(-1) as number) < from) indexes.pop();
  return indexes.at(-1) ?? -1;
}

/** A run that can neither open nor close a span is text, so that it may be part of a mail address. */
function delimiters(scanner: Scanner): boolean {
  const { text, at } = scanner;
  const end = runEnd(text, at);
  const run = runAt(text, at, end, scanner.references.extensions);
  if (run.canOpen || run.canClose) {
    scanner.take(at, end, run);
    scanner.marks = run.canOpen && run.length === 2 && run.char !== "_" ? run.char.repeat(2) : "";
  } else scanner.at = end;
  return true;
}

function dollars(scanner: Scanner): boolean {
  const { text, at, open } = scanner;
  const isTaken = text[at + 1] === "$" ? display(scanner) : formula(scanner, dollarsAt(text, at, open));
  if (!isTaken) scanner.at = runEnd(text, at);
  return true;
}

function runEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end;
}

function entity(scanner: Scanner): boolean {
  const found = entityAt(scanner.text, scanner.at, scanner.references.named);
  if (found) scanner.take(scanner.at, found.end, { kind: "text", text: found.text });
  return found !== undefined;
}

function angle(scanner: Scanner): boolean {
  const found = angledAt(scanner.text, scanner.at, scanner.open);
  if (found) scanner.take(scanner.at, found.end, found.node);
  return found !== undefined;
}

function markup(scanner: Scanner): boolean {
  return angle(scanner) || tag(scanner) || comment(scanner, knownCloser);
}

function bare(parse: (around: Surroundings, at: number) => Bare | undefined): Rule {
  return (scanner) => {
    const found = parse(scanner, scanner.at);
    if (!found) return false;
    scanner.take(found.start, found.end, scanner.mayBeInLink ? { ...found.node, href: "" } : found.node);
    return true;
  };
}

/**
 * §6.7, §6.8: a line break. Spaces before and after it are dropped. Two or more spaces before it make a hard
 * line break.
 */
function newline(scanner: Scanner): boolean {
  const { text, at } = scanner;
  let end = at;
  while (end > scanner.from && text[end - 1] === " ") end--;
  let next = at + 1;
  while (text[next] === " ") next++;
  scanner.take(end, next, at - end >= 2 ? { kind: "break" } : { kind: "text", text: "\n" });
  scanner.seam(next, next);
  return true;
}

const COMMON: Readonly<Record<string, Rule>> = {
  "\\": backslash,
  "`": code,
  "*": delimiters,
  _: delimiters,
  "[": bracket,
  "!": bang,
  "]": close,
  "<": angle,
  "&": entity,
  "\n": newline,
};

const EXTENDED: typeof COMMON = {
  ...COMMON,
  "<": markup,
  "~": delimiters,
  $: dollars,
  ":": bare(schemeAround),
  ".": bare(wwwAround),
  "@": mail,
};
