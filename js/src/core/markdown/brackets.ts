/** Links, images and footnote references: the elements in brackets (§6.3, §6.4, and GFM's footnotes). */

import { built, Matcher, Run } from "./delimiters.ts";
import { folded, inlineTargetAt, labelAt, type Target } from "./link.ts";
import type { Bracket, Scanner } from "./scanner.ts";
import type { Inline } from "./tree.ts";

/** A footnote's mark with text before it that ends in an exclamation mark, and no image. */
const NOTE_BEHIND_BANG = /!\[\^[^\][\s]{1,99}\](?![[(])/y;

/** Parse a footnote reference, if footnotes are on, or a bracket that may open a link. */
export function bracket(scanner: Scanner): boolean {
  const outer = scanner.brackets.at(-1);
  if (outer) outer.nested = true;
  if (!scanner.references.extensions || !note(scanner)) open(scanner, false, scanner.at + 1);
  return true;
}

export function bang(scanner: Scanner): boolean {
  if (scanner.text[scanner.at + 1] !== "[") return false;
  NOTE_BEHIND_BANG.lastIndex = scanner.at;
  if (scanner.references.extensions && NOTE_BEHIND_BANG.test(scanner.text)) return false;
  const outer = scanner.brackets.at(-1);
  if (outer) outer.nested = true;
  open(scanner, true, scanner.at + 2);
  return true;
}

function open(scanner: Scanner, image: boolean, from: number): void {
  scanner.take(scanner.at, from, { kind: "text", text: image ? "![" : "[" });
  scanner.brackets.push({ image, from, token: scanner.tokens.length - 1, nested: false });
}

/**
 * Parse a footnote reference. It is shown as a reference at once, before the footnote itself has come. If the
 * footnote never comes, the reference becomes plain text again.
 */
function note(scanner: Scanner): boolean {
  const match = /\[\^([^\][\s]{1,99})\]/y;
  match.lastIndex = scanner.at;
  const label = match.exec(scanner.text)?.[1];
  if (label === undefined) return false;
  const key = folded(label);
  const { fresh, notes } = scanner.parsed;
  const number = scanner.references.note(key, fresh);
  if (number === undefined)
    return !/[[(]/.test(scanner.text[match.lastIndex] ?? "") && literal(scanner, match.lastIndex);
  if (!notes.has(key)) fresh.set(key, fresh.size);
  notes.add(key);
  scanner.take(scanner.at, match.lastIndex, { kind: "note", label, number });
  return true;
}

/** Take the text up to this index as it is, because it is the mark of a footnote that never came. */
function literal(scanner: Scanner, end: number): boolean {
  scanner.take(scanner.at, end, { kind: "text", text: scanner.text.slice(scanner.at, end) });
  return true;
}

/** §6.3: a closing bracket makes a link or an image, if a target follows or the label is defined. */
export function close(scanner: Scanner): boolean {
  const { brackets, tokens } = scanner;
  const opener = brackets.pop();
  if (!opener) return false;
  const active = opener.image || brackets.length >= scanner.inactive;
  scanner.inactive = Math.min(scanner.inactive, brackets.length);
  const found = active ? targetOf(scanner, opener) : undefined;
  if (!found) return false;
  scanner.take(scanner.at, found.end);
  const inside = tokens.splice(opener.token).slice(1);
  const matcher = new Matcher();
  for (const token of inside) if (token instanceof Run) matcher.take(token);
  scanner.references.work += matcher.work + inside.length;
  const children = built(inside);
  const { href, title } = found;
  if (opener.image) tokens.push({ kind: "image", src: href, title, alt: plain(children) });
  else tokens.push({ kind: "link", href, title, children: unlinked(children) });
  if (!opener.image) scanner.inactive = brackets.length;
  return true;
}

type Found = Target & { readonly end: number };

function targetOf(scanner: Scanner, opener: Bracket): Found | undefined {
  const { text } = scanner;
  const next = scanner.at + 1;
  const inline = text[next] === "(" ? inlineTargetAt(text, next + 1) : undefined;
  if (inline === "unfinished" && scanner.open) {
    scanner.pending = true;
    return { href: "", title: "", end: text.length };
  }
  if (!inline || inline === "unfinished") return referenceOf(scanner, opener, next);
  return { ...scanner.references.read(inline), end: inline.end };
}

/**
 * Resolve a full, collapsed or shortcut reference. If a label follows the brackets, only that label counts,
 * even if it is not defined.
 */
function referenceOf(scanner: Scanner, opener: Bracket, next: number): Found | undefined {
  const { text } = scanner;
  const label = text[next] === "[" ? labelAt(text, next) : undefined;
  if (label === "unfinished") scanner.pending = true;
  const full = label !== undefined && label !== "unfinished" ? label : undefined;
  const own = full === undefined || full.label === "";
  if (own && (opener.nested || scanner.at - opener.from > 999)) return undefined;
  const key = folded(own ? text.slice(opener.from, scanner.at) : full.label);
  if (key === "") return undefined;
  const target = scanner.references.target(key);
  if (!target) scanner.parsed.missed.add(key);
  return target && { ...target, end: full ? full.end : next };
}

/**
 * Show an unfinished image while its description is being written. It is certain already that it is an image,
 * because no other element begins with `![`.
 */
export function unfinishedImage(scanner: Scanner): void {
  const opener = scanner.brackets.find(({ image }) => image);
  if (!opener) return;
  const alt = plain(built(scanner.tokens.splice(opener.token).slice(1)));
  scanner.tokens.push({ kind: "image", src: "", title: "", alt });
}

/**
 * Return the plain text of an image's description (§6.4). As on GitHub, a note in it is left out. The texts are added
 * and not joined, because a join copies them at each level of images in images.
 */
function plain(nodes: readonly Inline[]): string {
  let text = "";
  for (const node of nodes) {
    if ("text" in node) text += node.text;
    else if ("tex" in node) text += node.tex;
    else if ("alt" in node) text += node.alt;
    else if ("children" in node) text += plain(node.children);
    else if (node.kind === "break") text += "\n";
  }
  return text;
}

/** Replace the links inside a link by their text, because a link cannot contain another one. */
function unlinked(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (node.kind === "link") return [...node.children];
    return "children" in node ? [{ ...node, children: unlinked(node.children) }] : [node];
  });
}
