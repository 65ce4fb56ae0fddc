/** Parsers of the destinations, titles, labels and definitions of links (§4.7, §6.3). */

export interface Target {
  readonly href: string;
  readonly title: string;
}

/**
 * An element and the index of its end. "unfinished": the text ends before it is clear whether the element is
 * there. undefined: the element is not there.
 */
type Read<T> = (T & { readonly end: number }) | "unfinished" | undefined;

/** The deepest nesting of brackets in a destination. cmark, the reference parser, has the same limit. */
const MAX_NESTED_PARENS = 32;

/**
 * A label of a link definition that may still end, if it is like most labels. It is not shown yet. Another text
 * in a bracket is shown as it comes, and taken back if it turns out to be a label.
 */
export const BRIEF_LABEL = /^\[\S{0,30}$/;

/**
 * A text longer than this is not taken for a link definition. If its brackets never closed, each further line
 * would cost a search of the whole text.
 */
export const MAX_DEFINITION_CHARS = 2_000;

/** Labels have at most 999 characters (§6.3). */
const LABEL = /\[((?:[^[\]\\]|\\[\s\S]){0,999})\]/y;
const UNFINISHED_LABEL = /\[(?:[^[\]\\]|\\[\s\S]){0,999}\\?$/y;
const SPACES = /[ \t\n]*/y;

function skipSpaces(text: string, at: number): number {
  SPACES.lastIndex = at;
  SPACES.test(text);
  return SPACES.lastIndex;
}

/** Normalise a label for comparison: case folded, white space collapsed. */
export function folded(label: string): string {
  return label
    .trim()
    .replace(/[ \t\r\n]+/g, " ")
    .toLowerCase()
    .toUpperCase();
}

/** Parse the label in brackets at `at`. The label is returned as it is written, without normalisation. */
export function labelAt(text: string, at: number): Read<{ readonly label: string }> {
  LABEL.lastIndex = at;
  const label = LABEL.exec(text)?.[1];
  if (label !== undefined) return { label, end: LABEL.lastIndex };
  UNFINISHED_LABEL.lastIndex = at;
  return UNFINISHED_LABEL.test(text) ? "unfinished" : undefined;
}

function pointyAt(text: string, start: number): Read<{ readonly href: string }> {
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === ">") return { href: text.slice(start + 1, at), end: at + 1 };
    if (char === "<" || char === "\n") return undefined;
    if (char === "\\") at++;
  }
  return "unfinished";
}

function destinationAt(text: string, start: number): Read<{ readonly href: string }> {
  if (text[start] === "<") return pointyAt(text, start);
  let depth = 0;
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) at++;
    else if (char === "(" && ++depth > MAX_NESTED_PARENS) return undefined;
    else if (char === ")" && --depth < 0) break;
    else if (char <= " " || char === "\x7f") break;
  }
  if (at >= text.length && depth > 0) return "unfinished";
  return depth > 0 ? undefined : { href: text.slice(start, at), end: Math.min(at, text.length) };
}

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", "(": ")" };

function titleAt(text: string, start: number): Read<{ readonly title: string }> {
  const closer = CLOSERS[text[start] ?? ""];
  if (closer === undefined) return undefined;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === closer) return { title: text.slice(start + 1, at), end: at + 1 };
    if (char === "(" && closer === ")") return undefined;
    if (char === "\\") at++;
  }
  return "unfinished";
}

/**
 * Parse an inline link's target, such as `/url "title")`, from the character after the opening bracket to the
 * closing bracket.
 */
export function inlineTargetAt(text: string, start: number): Read<Target> {
  let at = skipSpaces(text, start);
  const destination = destinationAt(text, at);
  if (destination === "unfinished" || destination === undefined) return destination;
  const { href } = destination;
  at = skipSpaces(text, destination.end);
  if (at >= text.length) return "unfinished";
  let title = "";
  if (at > destination.end && text[at] !== ")") {
    const read = titleAt(text, at);
    if (read === "unfinished" || read === undefined) return read;
    title = read.title;
    at = skipSpaces(text, read.end);
    if (at >= text.length) return "unfinished";
  }
  return text[at] === ")" ? { href, title, end: at + 1 } : undefined;
}

/** Return the index of the line's end if only white space is left in the line, or else -1. */
function lineEnd(text: string, at: number): number {
  const match = /[ \t]*(?:\n|$)/y;
  match.lastIndex = at;
  return match.test(text) ? match.lastIndex : -1;
}

/**
 * Parse the definition at the beginning of a paragraph (§4.7). With `open`, more lines may follow, and each
 * line ends with "\n". "label": the text ends before it is clear whether its bracket is a label.
 */
export function definitionAt(
  text: string,
  open: boolean,
): Read<{ readonly label: string; readonly target: Target }> | "label" {
  const label = labelAt(text, 0);
  if (label === undefined) return label;
  if (label === "unfinished" || label.end >= text.length) return "label";
  if (text[label.end] !== ":" || folded(label.label) === "") return undefined;
  const from = skipSpaces(text, label.end + 1);
  if (from >= text.length) return "unfinished";
  const destination = destinationAt(text, from);
  if (destination === "unfinished" || destination === undefined) return destination;
  return titled(text, open, label.label, destination);
}

/**
 * Parse a definition's title, which may be on the next line. If that line holds something else than a title,
 * it is text, and the definition ends before it.
 */
function titled(
  text: string,
  open: boolean,
  label: string,
  destination: { readonly href: string; readonly end: number },
): Read<{ readonly label: string; readonly target: Target }> {
  const { href, end } = destination;
  const bare = lineEnd(text, end);
  const untitled = bare < 0 ? undefined : { label, target: { href, title: "" }, end: bare };
  const at = skipSpaces(text, end);
  if (at >= text.length) return open ? "unfinished" : untitled;
  const title = at > end ? titleAt(text, at) : undefined;
  if (title === "unfinished") return open ? title : untitled;
  if (title === undefined) return untitled;
  const close = lineEnd(text, title.end);
  if (close < 0) return untitled;
  if (open && text[close - 1] !== "\n") return "unfinished";
  return { label, target: { href, title: title.title }, end: close };
}
