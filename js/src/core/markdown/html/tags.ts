/**
 * The few tags of HTML that models write into a line. They have no attributes, and they become elements of the
 * tree: no browser ever parses them. A tag without its partner is text, because then it is a tag that the text is
 * about.
 */

import { Run, type Span } from "../delimiters.ts";
import { entityAt } from "../entities.ts";
import type { Scanner } from "../scanner.ts";

const SPANS: Readonly<Record<string, Span>> = {
  b: "strong",
  strong: "strong",
  i: "emphasis",
  em: "emphasis",
  s: "strike",
  strike: "strike",
  del: "strike",
  u: "underline",
  ins: "underline",
  sub: "sub",
  sup: "sup",
  kbd: "kbd",
  mark: "mark",
  small: "small",
};

const TAG = /<(\/?)([A-Za-z]{1,6})[ \t]{0,9}(\/?)>/y;
const CODE_END = /<\/code[ \t]{0,9}>/gi;

/** Parse a tag, or code between its tags. */
export function tag(scanner: Scanner): boolean {
  TAG.lastIndex = scanner.at;
  const [source, closes, written = "", ends] = TAG.exec(scanner.text) ?? [];
  if (source === undefined) return false;
  const end = scanner.at + source.length;
  const name = written.toLowerCase();
  if (name === "br" && !closes) {
    scanner.take(scanner.at, end, { kind: "break" });
    return true;
  }
  if (ends) return false;
  if (name === "code" && !closes) return code(scanner, end);
  const span = SPANS[name];
  if (!span) return false;
  scanner.take(scanner.at, end, new Run(`<${name}`, 1, !closes, closes === "/", !closes, { span, source }));
  return true;
}

/** Parse code between tags. Like code between backticks, it has no marks inside. */
function code(scanner: Scanner, from: number): boolean {
  const { text, open, references } = scanner;
  const close = codeEnd(scanner, from);
  if (close < 0 && !open) return false;
  if (close < 0) scanner.pending = true;
  const inside = text.slice(from, close < 0 ? text.length : close).replaceAll("\n", " ");
  const decoded = inside.replace(/&[#\w]+;/g, (whole) => entityAt(whole, 0, references.named)?.text ?? whole);
  CODE_END.lastIndex = close;
  if (close >= 0) CODE_END.test(text);
  const node = { kind: "code", text: decoded } as const;
  scanner.take(scanner.at, close < 0 ? text.length : CODE_END.lastIndex, node);
  return true;
}

/** Find the next end of code. An end that does not occur in the text is searched for only once. */
function codeEnd({ text, closers }: Scanner, from: number): number {
  const known = closers.get("</code>");
  if (known !== undefined && (known < 0 || known >= from)) return known;
  CODE_END.lastIndex = from;
  const found = CODE_END.exec(text)?.index ?? -1;
  closers.set("</code>", found);
  return found;
}
