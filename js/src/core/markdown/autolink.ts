/** Autolinks: addresses in angle brackets (CommonMark §6.5), and addresses without brackets (GFM §6.9). */

import type { Inline } from "./tree.ts";

export interface Bare {
  readonly node: Inline;
  readonly start: number;
  readonly end: number;
}

function linked(href: string, text: string): Inline {
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

const ADDRESS = /[^\s<]*/y;
const DOMAIN = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*/u;

/** The longest domain name that the domain name system allows. */
const MAX_DOMAIN_CHARS = 253;

/**
 * Find the end of the domain that begins at `at`; -1 if there is none. The last two parts of a domain contain
 * no underscore.
 */
function domainEnd(text: string, at: number, dots: number): number {
  const domain = DOMAIN.exec(text.slice(at, at + MAX_DOMAIN_CHARS))?.[0];
  if (domain === undefined) return -1;
  const parts = domain.split(".");
  if (parts.length <= dots || parts.slice(-2).some((part) => part.includes("_"))) return -1;
  return at + domain.length;
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
  text: string,
  start: number,
  domain: number,
  scheme: string,
  dots: number,
): Bare | undefined {
  const from = domainEnd(text, domain, dots);
  if (from < 0) return undefined;
  ADDRESS.lastIndex = from;
  ADDRESS.test(text);
  const end = trimmed(text, from, ADDRESS.lastIndex);
  const address = text.slice(start, end);
  return { node: linked(scheme + address, address), start, end };
}

/** Parse the address whose scheme, `http` or `https`, ends at the colon. It may begin at `from` or later. */
export function schemeAround(text: string, from: number, colon: number): Bare | undefined {
  if (text[colon + 1] !== "/" || text[colon + 2] !== "/") return undefined;
  const scheme = /https?$/i.exec(text.slice(Math.max(from, colon - 5), colon))?.[0];
  if (scheme === undefined) return undefined;
  const start = colon - scheme.length;
  if (start > from && /[\p{L}\p{N}]/u.test(text[start - 1] as string)) return undefined;
  return addressAt(text, start, colon + 3, "", 0);
}

/**
 * Parse the address whose `www` ends at the dot. It must stand at the beginning, or after white space or one
 * of `*_~(`.
 */
export function wwwAround(text: string, from: number, dot: number): Bare | undefined {
  const start = dot - 3;
  if (start < from || text.slice(start, dot).toLowerCase() !== "www") return undefined;
  if (start > 0 && !/[\s*_~(]/.test(text[start - 1] as string)) return undefined;
  return addressAt(text, start, start, "http://", 1);
}

const LOCAL = /[\w.+-]/;

/** Parse the mail address that has its `@` at `at`. */
export function mailAround(text: string, from: number, at: number): Bare | undefined {
  let start = at;
  while (start > from && LOCAL.test(text[start - 1] as string)) start--;
  if (start === at) return undefined;
  const host = /[A-Za-z\d_-]+(?:\.[A-Za-z\d_-]+)+/y;
  host.lastIndex = at + 1;
  const domain = host.exec(text)?.[0];
  if (domain === undefined || /[_-]$/.test(domain)) return undefined;
  const end = at + 1 + domain.length;
  const address = text.slice(start, end);
  return { node: linked(`mailto:${address}`, address), start, end };
}
