/**
 * Text that the page reads in its own way, written so that every renderer of the notebook's file reads the same.
 * The twin of `src/nbstream/core/saved/portable_text.py`, which explains each rule.
 */

import { trimmedEnd } from "../markdown/chars.ts";
import { codeElement, codeSpans } from "./safe-inline.ts";

const PREFIX = String.raw`[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*`;
const START = new RegExp(`^${PREFIX}`);
const COMPARISON = new RegExp(
  String.raw`^(${PREFIX}(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)>(?==|[ \t]*[-+\u2212~\u2248]?[$€£¥]?[0-9])`,
);

const MATH = String.raw`\$\$[^$\n]+\$\$|\$(?![\s$])[^$\n]*(?<![\s\\])\$(?![0-9])`;
const FOREIGN =
  "[\u00ab\u00bb\u060c\u061b\u061f\u06d4\u0964\u0965\u2012\u2014-\u2027\u2030-\u205e\u2190-\u21ff" +
  "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]";
const URL = String.raw`https?:\/\/[!#%-'*-;=?-Z^_a-z|~]+`;
const ADDRESS = new RegExp(
  String.raw`(?:${MATH}|\]\([^()\s]*\)|\[[^[\]\n]*\](?=[([]))` +
    `|<(?<angled>${URL})>(?=${FOREIGN})|<[^<>\\s]*>|(?<bare>${URL})(?<next>${FOREIGN}?)`,
  "g",
);

const TILDES = /(?<kept>\$\$[^$\n]+\$\$|\$[^$\n]+\$|https?:\/\/[^\s<>()[\]]*|\\.|~~+)|~/g;
const SINGLE_TILDE = /(?<!~)~(?!~)/g;

const DELIMITERS = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/;
const PIPE = /(?<!\\)\|/g;
const CELL_MATH = new RegExp(String.raw`${MATH}|\\\\?\([^\n$\x60]*?\\\)`, "g");

const STRONG = /(?<![*\\])\*\*(?=[^\s*])([^*\n$]*[^\s*\\$])\*\*(?!\*)/gu;
const CJK =
  /[\u1100-\u11ff\u20a9\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffdc\uffe0-\uffee\u{20000}-\u{3fffd}]/u;
const MARK = /^[\p{P}\p{S}]$/u;
const SPACE_OR_MARK = /^[\s\p{P}\p{S}]?$/u;

type Piece = (text: string) => string;

/** Rewrite the text between the code spans, and each code span. */
function rewritten(text: string, between: Piece, code: (span: string, ticks: number) => string): string {
  let out = "";
  let last = 0;
  for (const { start, end, ticks } of codeSpans(text)) {
    out += between(text.slice(last, start)) + code(text.slice(start, end), ticks);
    last = end;
  }
  return out + between(text.slice(last));
}

/** Write out the comparisons and addresses of a paragraph that is not yet sanitised. */
export function writeOut(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return lines;
  const text = lines.map((line) => line.replace(COMPARISON, "$1\\>")).join("\n");
  if (!text.includes("://")) return text.split("\n");
  return rewritten(
    text,
    (piece) => piece.replace(ADDRESS, link),
    (span) => span,
  ).split("\n");
}

function link(found: string, angled?: string, bare?: string, next?: string): string {
  if (angled) return `[${angled}](${angled})`;
  if (!bare || !next) return found;
  const address = trimmedEnd(bare, "*_~'.,:;!?");
  return `[${address}](${address})${found.slice(address.length)}`;
}

/** Escape single tildes, two of which strike through on GitHub and in JupyterLab. */
export function writeTildes(text: string): string {
  if ((text.match(SINGLE_TILDE)?.length ?? 0) < 2) return text;
  const between = (piece: string) => piece.replace(TILDES, (_, kept?: string) => kept ?? "\\~");
  return rewritten(text, between, (span) => span);
}

/** Write out the pipes in formulas and code of a table's rows that would otherwise have too many cells. */
export function closeCells(lines: readonly string[]): readonly string[] {
  const bare = lines.map((line) => line.replace(START, ""));
  const at = bare.findIndex((line, n) => n > 0 && line.includes("|") && DELIMITERS.test(line.trimEnd()));
  if (at < 0) return lines;
  const columns = countCells(bare[at] as string);
  return lines.map((line, n) =>
    n >= at - 1 && countCells(bare[n] as string) > columns ? closeRow(line, columns) : line,
  );
}

function countCells(written: string): number {
  const row = written.replace(/^[ \t]+/, "").trimEnd();
  const closes = row.endsWith("|") && !row.endsWith("\\|") && row.length > 1;
  return (row.match(PIPE)?.length ?? 0) + 1 - Number(row.startsWith("|")) - Number(closes);
}

function closeRow(row: string, columns: number): string {
  const closed = rewritten(
    row,
    (piece) => piece.replace(CELL_MATH, (math) => math.replace(PIPE, "\\vert ")),
    (span, ticks) => (span.includes("|") ? codeElement(span.replaceAll("\\|", "|"), ticks) : span),
  );
  return countCells(closed.replace(START, "")) >= columns ? closed : row;
}

/** Write strong emphasis beside CJK characters as an element, where the others would show its marks. */
export function writeStrong(text: string): string {
  if (!text.includes("**") || !CJK.test(text)) return text;
  const [startsInCode, endsInCode] = [inCode(text), inCode(text)];
  return text.replace(STRONG, (found, inner: string, start: number) => {
    const end = start + found.length;
    const left = characterBefore(text, start);
    const right = characterAt(text, end);
    const [first, last] = [characterAt(inner, 0), characterBefore(inner, inner.length)];
    const opens = MARK.test(first) && !SPACE_OR_MARK.test(left);
    const closes = MARK.test(last) && !SPACE_OR_MARK.test(right);
    if (!opens && !closes) return found;
    if ((opens && !CJK.test(left + first)) || (closes && !CJK.test(last + right))) return found;
    return startsInCode(start) || endsInCode(end - 1) ? found : `<strong>${inner}</strong>`;
  });
}

/** Return a function that tells whether an index is in a code span. It is asked from left to right. */
function inCode(text: string): (at: number) => boolean {
  const spans = codeSpans(text);
  let here = 0;
  return (at) => {
    while ((spans[here]?.end ?? at + 1) <= at) here++;
    return (spans[here]?.start ?? at) < at;
  };
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, at: number): string {
  const isPair = /[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 2), at));
  return text.slice(Math.max(0, at - (isPair ? 2 : 1)), at);
}
