/**
 * Autolinks: addresses in angle brackets (CommonMark §6.5), and addresses without brackets (GFM §6.9). The
 * latter end where a reader sees their end, also before a bracket or the punctuation of another script.
 */

import type { Inline } from "./tree.ts";

export interface Bare {
  readonly node: Extract<Inline, { kind: "link" }>;
  readonly start: number;
  readonly end: number;
}

/** The text around an address without brackets. */
export interface Surroundings {
  readonly text: string;
  /** The index from which on the address may begin. */
  readonly from: number;
  /** Whether the text goes on, perhaps with the rest of an address at its end. */
  readonly growing: boolean;
  /** The marks that end the address, because it stands behind the same marks: `**` or `~~`, or else "". */
  readonly marks: string;
}

export function linked(href: string, text: string): Bare["node"] {
  return { kind: "link", href, title: "", children: [{ kind: "text", text }] };
}

const URI = /<([A-Za-z][A-Za-z\d+.-]{1,31}:[^\s<>\0-\x20\x7f]*)>/y;
const OPEN_URI = /<([A-Za-z][A-Za-z\d+.-]{1,31}:[^\s<>\0-\x20\x7f]*)$/y;
const LABEL = "[A-Za-z\\d](?:[A-Za-z\\d-]{0,61}[A-Za-z\\d])?";
const EMAIL = new RegExp(`<([\\w.!#$%&'*+/=?^\`{|}~-]+@${LABEL}(?:\\.${LABEL})*)>`, "y");

/**
 * Parse the link in angle brackets at `at`. A link that is still being written shows its text and has no
 * address yet.
 */
export function angledAt(text: string, at: number, open: boolean): { node: Inline; end: number } | undefined {
  for (const [pattern, scheme] of [
    [URI, ""],
    [EMAIL, "mailto:"],
  ] as const) {
    pattern.lastIndex = at;
    const address = pattern.exec(text)?.[1];
    if (address !== undefined) return { node: linked(scheme + address, address), end: pattern.lastIndex };
  }
  if (!open) return undefined;
  OPEN_URI.lastIndex = at;
  const address = OPEN_URI.exec(text)?.[1];
  return address === undefined ? undefined : { node: linked("", address), end: text.length };
}

/**
 * The characters of an address, without `*`, `~` and square brackets. Among those that are not ASCII there is no punctuation, no arrow and no
 * invisible character, unless it joins two letters, as in the titles of Wikipedia's articles.
 */
const ADDRESS =
  /(?:[!-)+-;=-Z\\^-}]|[^\0-\x7f\p{P}\p{Sm}\p{C}\p{Z}]|(?<=[\p{L}\p{M}\p{N}])[\u200d\u200c\u00b7\u05be\u05f3\u05f4\u2010\u2011\u2013\u30fb](?=[\p{L}\p{N}]))*/uy;
const DOMAIN = /^[\p{L}\p{M}\p{N}\p{So}_-]+(?:\.[\p{L}\p{M}\p{N}\p{So}_-]+)*/u;

/** The longest domain name that the domain name system allows. */
const MAX_DOMAIN_CHARS = 253;

/** A last part of a domain with an emoji, or text of a script that puts no space before it: `a.com은`. */
const DOMAIN_AND_TEXT =
  /(^|\.)([A-Za-z\d-]+)[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{So}][^.]*$/u;

/**
 * Find the end of the domain that begins at `at`; -1 if there is none. The last two parts of a domain contain
 * no underscore.
 */
function domainEnd(text: string, at: number, dots: number): number {
  const found = DOMAIN.exec(text.slice(at, at + MAX_DOMAIN_CHARS))?.[0];
  if (found === undefined) return -1;
  const domain = found.replace(DOMAIN_AND_TEXT, "$1$2");
  const parts = domain.split(".");
  if (parts.length <= dots || parts.slice(-2).some((part) => part.includes("_"))) return -1;
  return at + domain.length;
}

/** Find the end of the address at `from`, before the first closing bracket that has no opening one. */
function addressEnd(text: string, from: number, marks: string): number {
  if ((text.codePointAt(from) ?? 0) > 0x7f) return from;
  let open = 0;
  for (let at = from; ; at++) {
    ADDRESS.lastIndex = at;
    ADDRESS.test(text);
    at = ADDRESS.lastIndex;
    const char = text[at] ?? "";
    if (char === "[") open++;
    else if (char === "]") open--;
    else if (!/[*~]/.test(char) || (marks !== "" && text.startsWith(marks, at))) return at;
    if (open < 0) return at;
  }
}

/**
 * Return the end of an address without the characters that belong to the text after it: punctuation, a
 * closing bracket that has no opening one, and a character reference such as `&amp;`.
 */
function trimmed(text: string, start: number, end: number): number {
  let last = end;
  let surplus = 0;
  for (let at = start; at < end; at++) surplus += text[at] === ")" ? 1 : text[at] === "(" ? -1 : 0;
  for (; last > start; last--) {
    const char = text[last - 1] as string;
    if (char === ")" && surplus > 0) surplus--;
    else if (char === ";") {
      const entity = /&[A-Za-z\d]+;$/.exec(text.slice(Math.max(start, last - 34), last))?.[0];
      if (entity) last -= entity.length - 1;
    } else if (!/[?!.,:*_~'"]/.test(char)) break;
  }
  return last;
}

function addressAt(
  { text, growing, marks }: Surroundings,
  start: number,
  domain: number,
  scheme: string,
  dots: number,
): Bare | undefined {
  const from = domainEnd(text, domain, dots);
  if (from < 0) return undefined;
  const stop = addressEnd(text, from, marks);
  const end = trimmed(text, from, stop);
  const address = text.slice(start, end);
  // The rest of the address may still come, and the address of half of it is that of something else.
  const href = growing && stop >= text.length ? "" : scheme + address;
  return { node: linked(href, address), start, end };
}

/** Parse the address whose scheme, `http` or `https`, ends at the colon. */
export function schemeAround(around: Surroundings, colon: number): Bare | undefined {
  const { text, from } = around;
  if (text[colon + 1] !== "/" || text[colon + 2] !== "/") return undefined;
  const scheme = /https?$/i.exec(text.slice(Math.max(from, colon - 5), colon))?.[0];
  if (scheme === undefined) return undefined;
  const start = colon - scheme.length;
  if (start > from && /[A-Za-z\d]/.test(text[start - 1] as string)) return undefined;
  return addressAt(around, start, colon + 3, "", 0);
}

/**
 * Parse the address whose `www` ends at the dot. It must stand at the beginning, or after white space, one of
 * `*_~(`, or a character of another script.
 */
export function wwwAround(around: Surroundings, dot: number): Bare | undefined {
  const { text, from } = around;
  const start = dot - 3;
  if (start < from || text.slice(start, dot).toLowerCase() !== "www") return undefined;
  if (start > 0 && !/[\s*_~(\u0080-\uffff]/.test(text[start - 1] as string)) return undefined;
  return addressAt(around, start, start, "http://", 1);
}
