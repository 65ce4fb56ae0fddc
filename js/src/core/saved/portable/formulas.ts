/**
 * Rewriting of a paragraph's formulas and dollar signs, so that other renderers show them as the page did. The twin
 * of `src/nbstream/core/saved/portable/formulas.py`, which explains each rule.
 */

import { closerFrom, MAX_DISPLAY_CHARS, type Mark, markAt } from "../../markdown/formulas/marks.ts";
import { dollarsAt } from "../../markdown/formulas/math.ts";
import { codeInTags, commentAt, insertTags, TAG, TagPairs } from "./tags.ts";

/** Marks of dollar signs that are text. `makeSafe` removes these characters from answers. */
const DOLLAR = "\x01";
const ESCAPED_DOLLAR = "\x02";
const DOLLARS = new RegExp(`${DOLLAR}+|${ESCAPED_DOLLAR}`, "g");
const GROUPS = new RegExp(`${DOLLARS.source}|\\$+`, "g");
/** A dollar sign in an address. */
export const ADDRESS_DOLLAR = new RegExp(`[$${DOLLAR}${ESCAPED_DOLLAR}]`, "g");

const TOKEN = new RegExp(String.raw`\x60+|https?:\/\/[^\s()<>[\]"\x60\\]{1,2000}|\\[\s\S]|\$+|${TAG}`, "g");
const LINE_START = /\n([ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*)$/;
const MAX_PREFIX_CHARS = 40;
const NOTHING_BEHIND = /[ \t]*(?![^\n])/y;
const NEXT_LINE = /[ \t]*(?=[\p{L},.;)?!(]|\*{1,3}[^\s*])/uy;
const NAME = /(\\text(?:rm|bf|it|tt|sf)?)\{[^{}$\\_]*_[^{}$\\]*\}/g;
const ALERT = /^([ \t>]*>)[ \t]*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*$/i;

/** Return a paragraph in the form that other renderers show as the page does. */
export function rewrite(text: string): string {
  const out: string[] = [];
  const tags = new TagPairs(text, out);
  let end = 0;
  const missing = new Set<string>();
  for (let token = next(text, end); token; token = next(text, end)) {
    const { 0: found, index } = token;
    const before = text.slice(end, index);
    out.push(before);
    tags.skip(before);
    const [piece, pieceEnd] = rewriteToken(text, found, index, missing);
    if (found.endsWith(">") && piece === found) tags.add(piece);
    else out.push(piece);
    end = pieceEnd;
  }
  return out.join("") + text.slice(end);
}

function next(text: string, from: number): RegExpExecArray | null {
  TOKEN.lastIndex = from;
  return TOKEN.exec(text);
}

/** Replace the marks of `rewrite` in text that is safe: those of dollar signs, and those of tags. */
export function insertElements(text: string): string {
  const groups = text.match(GROUPS)?.length ?? 0;
  const escaped = (count: number) => "&#36;".repeat(count);
  const dollars = text.replace(DOLLARS, (found) => {
    if (groups !== 1) return `<span>${escaped(found.length)}</span>`;
    return found === ESCAPED_DOLLAR ? "\\$" : found.length === 1 ? "$" : escaped(found.length);
  });
  return insertTags(dollars);
}

/** Return the line that names GitHub's alert as a bold name, and other lines as they are. */
export function rewriteAlert(line: string): string[] {
  const [, quote, name = ""] = ALERT.exec(line) ?? [];
  if (quote === undefined) return [line];
  return [`${quote} **${name[0]?.toUpperCase()}${name.slice(1).toLowerCase()}**`, quote];
}

type Piece = readonly [text: string, end: number];

/** Return the text that stands for what a token begins, and the index behind it. */
function rewriteToken(text: string, found: string, at: number, missing: Set<string>): Piece {
  const end = at + found.length;
  if (found.startsWith("`")) {
    const close = codeEnd(text, found, end);
    return [text.slice(at, close), close];
  }
  if (found.startsWith("h")) return [found, end];
  if (found.startsWith("<")) return rewriteTag(text, found, at, missing);
  const mark = /^[\\$]/.test(found) ? markAt(text, at) : undefined;
  if (mark) return displayPiece(text, found, at, mark, missing);
  if (found.startsWith("$")) {
    const formula = found.length === 1 ? dollarsAt(text, at, false) : undefined;
    if (typeof formula === "object" && formula.node?.kind === "math")
      return [`$${names(formula.node.tex)}$`, formula.end];
    return [DOLLAR.repeat(found.length), end];
  }
  if (found === "\\(") {
    const close = closerOnce(text, "\\)", end, missing);
    const tex = close < 0 ? "" : oneLine(text.slice(end, close));
    if (tex !== "" && !tex.includes("$")) return [`$${names(tex)}$`, close + 2];
  }
  return [found === "\\$" ? ESCAPED_DOLLAR : found, end];
}

/** Return the text that stands for a comment or for code between tags; other tags stay. */
function rewriteTag(text: string, found: string, at: number, missing: Set<string>): Piece {
  const end = at + found.length;
  const isCode = /^<code[ \t]*>$/i.test(found);
  if (missing.has(found) || !(isCode || found === "<!--")) return [found, end];
  const piece = isCode ? codeInTags(text, end) : commentAt(text, at);
  if (!piece) missing.add(found);
  return piece ?? [found, end];
}

function displayPiece(text: string, found: string, at: number, mark: Mark, missing: Set<string>): Piece {
  const close = closerOnce(text, mark.closer, at + mark.opener.length, missing);
  const formula = close >= 0 && close - at <= MAX_DISPLAY_CHARS ? display(text, at, close, mark) : "";
  if (formula !== "") return endLine(text, names(formula), at, close + mark.closer.length);
  return [found === "$$" ? DOLLAR.repeat(2) : text.slice(at, at + 2), at + 2];
}

function closerOnce(text: string, closer: string, from: number, missing: Set<string>): number {
  const close = missing.has(closer) ? -1 : closerFrom(text, closer, from);
  if (close < 0) missing.add(closer);
  return close;
}

/** Return the index behind a code span, or behind the backticks if they begin none. */
function codeEnd(text: string, ticks: string, from: number): number {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let run = runs.exec(text); run; run = runs.exec(text)) if (run[0] === ticks) return runs.lastIndex;
  return from;
}

/** Return a displayed formula between dollar signs: on lines of its own if the paragraph is that formula. */
function display(text: string, at: number, close: number, mark: Mark): string {
  const end = close + mark.closer.length;
  const tex = mark.isEnvironment ? text.slice(at, end) : text.slice(at + mark.opener.length, close);
  if (tex.trim() === "" || (mark.opener !== "$$" && tex.includes("$$"))) return "";
  if (!tex.includes("\n")) return `$$${tex}$$`;
  const before = text.slice(0, at);
  if (/[^ \t]/.test(before) || /[^ \t\n]/.test(text.slice(end))) return `$$${oneLine(tex)}$$`;
  return mark.opener === "$$" ? text.slice(at, end) : `$$\n${before}${tex.trim()}\n${before}$$`;
}

/** Return a displayed formula that does not begin a line with text behind it, and the index behind it. */
function endLine(text: string, formula: string, at: number, end: number): Piece {
  const before = text.slice(Math.max(0, at - MAX_PREFIX_CHARS), at);
  const start = LINE_START.exec(at <= MAX_PREFIX_CHARS ? `\n${before}` : before);
  NOTHING_BEHIND.lastIndex = end;
  if (!start || NOTHING_BEHIND.test(text)) return [formula, end];
  NEXT_LINE.lastIndex = end;
  if (!NEXT_LINE.test(text)) return [`\u200b${formula}`, end];
  return [`${formula}\n${start[1]?.replace(/[^\s>]/g, " ")}`, NEXT_LINE.lastIndex];
}

/** Return TeX with the underscores of names between the texts, because KaTeX allows none in a text. */
function names(tex: string): string {
  return tex.replace(NAME, (found, macro: string) => found.replaceAll("_", `}\\_${macro}{`));
}

/** Return TeX without line ends, which are spaces, and so without the comments that they end. */
function oneLine(tex: string): string {
  const plain = tex.includes("\n") ? tex.replace(/(?<!\\)%[^\n]*/g, "") : tex;
  return plain.replace(/[ \t]*\n[ \t>]*/g, " ").trim();
}
