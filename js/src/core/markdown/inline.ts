/** What stands in a leaf's text (§6): one pass from the left to the right, in the order the rules have in the spec. */

import { angledAt, type Bare, mailAround, schemeAround, wwwAround } from "./autolink.ts";
import { isAsciiPunctuation, trimmedEnd } from "./chars.ts";
import { built, Matcher, Run, runAt, type Token } from "./delimiters.ts";
import { entityAt } from "./entities.ts";
import { folded, inlineTargetAt, labelAt, type Target } from "./link.ts";
import { dollarsAt, type Found, slashedAt } from "./math.ts";
import type { References } from "./references.ts";
import type { Inline } from "./tree.ts";

export interface Parsed {
  readonly nodes: Inline[];
  /** The first nodes that no following text can change, and where the text behind them begins. */
  settled: number;
  cut: number;
  /** Labels that are not defined; notes in the order they first came, `fixed` of the new ones before the cut. */
  readonly missed: Set<string>;
  readonly notes: Set<string>;
  readonly fresh: string[];
  fixed: number;
}

/** How much is gathered before it is cut off as settled: what streams is parsed again from the last cut. */
const PIECE = 256;

/** Where a text may be cut: before a letter or digit that follows white space or CJK punctuation. */
const SEAM = /[ \n，。、；：！？](?=[\p{L}\p{N}])/u;

const PLAIN = /[^\\`*_~$[\]!<&\n:.@]+/y;

/** The end of a text that is still being written and may come to mean anything: a mark not yet told apart. */
const HELD = /(?:\\?(?:[*_~`$]+|[!\]<&[\\])|&#?[A-Za-z\d]{1,31}|\[\^[^\][\s]{0,99}|[\ud800-\udbff])$/;

/** The text without what is to be held back. */
function certain(text: string): string {
  const end = text.slice(-128);
  const held = HELD.exec(end)?.[0].length ?? 0;
  return held > 0 ? text.slice(0, -held) : text;
}

interface Bracket {
  readonly image: boolean;
  readonly token: number;
  /** Where the text in the brackets begins. */
  readonly from: number;
  /** A bracket follows inside, so it can be no label. */
  nested: boolean;
}

type Rule = (parser: InlineParser) => boolean;

/**
 * @param open more text may follow: unfinished spans are shown as they will be, `limit` is where no cut may lie behind
 */
export function parseInlines(
  text: string,
  references: References,
  open: boolean,
  limit = Number.POSITIVE_INFINITY,
): Parsed {
  const shown = trimmedEnd(open ? certain(text) : text, " \t\n");
  return new InlineParser(shown, references, open, limit).parse();
}

class InlineParser {
  readonly text: string;
  readonly references: References;
  readonly open: boolean;
  readonly #limit: number;
  at = 0;
  /** Where the text begins that is not yet in a token. */
  #from = 0;
  #tokens: Token[] = [];
  /** The first token that `#matcher` has not seen. */
  #unmatched = 0;
  #matcher = new Matcher();
  readonly #brackets: Bracket[] = [];
  /** Brackets below this one stand around a link, and links hold no links (§6.3). */
  #inactive = 0;
  /** Something is open whose end is not in the text: nothing behind it is certain. */
  #pending = false;
  #ticks: Map<number, number[]> | undefined;
  readonly #closers = new Map<string, number>();
  readonly #parsed: Parsed = {
    nodes: [],
    settled: 0,
    cut: 0,
    missed: new Set(),
    notes: new Set(),
    fresh: [],
    fixed: 0,
  };

  constructor(text: string, references: References, open: boolean, limit: number) {
    this.text = text;
    this.references = references;
    this.open = open;
    this.#limit = limit;
  }

  parse(): Parsed {
    const { text } = this;
    const rules = this.references.extensions ? EXTENDED : COMMON;
    let steps = 0;
    while (this.at < text.length) {
      steps++;
      PLAIN.lastIndex = this.at;
      const end = PLAIN.test(text) ? PLAIN.lastIndex : this.at;
      if (end - this.#parsed.cut > PIECE) this.#seam(this.at, end);
      this.at = end;
      if (end >= text.length) break;
      if (!rules[text[end] as string]?.(this)) this.at++;
    }
    this.references.work += steps + text.length;
    this.#finish();
    return this.#parsed;
  }

  #finish(): void {
    this.take(this.text.length, this.text.length);
    this.#match();
    if (this.open) this.#tokens.push(this.#matcher.optimistic(this.#tokens));
    for (const node of built(this.#tokens)) this.#parsed.nodes.push(node);
    this.references.work += this.#matcher.work;
  }

  /** The plain text up to `end` becomes a token, and reading goes on at `next`. */
  take(end: number, next: number, token?: Token): void {
    if (end > this.#from) this.#tokens.push({ kind: "text", text: this.text.slice(this.#from, end) });
    if (token) this.#tokens.push(token);
    this.#from = next;
    this.at = next;
  }

  #match(): void {
    for (; this.#unmatched < this.#tokens.length; this.#unmatched++) {
      const token = this.#tokens[this.#unmatched];
      if (token instanceof Run) this.#matcher.take(token);
    }
  }

  /** Cut where nothing before can change any more, by a rule that looks only to the left: any chunking cuts alike. */
  #seam(start: number, end: number): void {
    if (this.#pending || this.#brackets.length > 0) return;
    const earliest = Math.max(start, this.#parsed.cut + PIECE);
    const found = this.text.slice(earliest - 1, Math.min(end, this.#limit)).search(SEAM);
    if (found < 0) return;
    this.#match();
    if (this.#matcher.openers.length > 0) return;
    const cut = earliest + found;
    this.take(cut, cut);
    for (const node of built(this.#tokens)) this.#parsed.nodes.push(node);
    this.references.work += this.#matcher.work;
    this.#tokens = [];
    this.#unmatched = 0;
    this.#matcher = new Matcher();
    this.#parsed.cut = cut;
    this.#parsed.settled = this.#parsed.nodes.length;
    this.#parsed.fixed = this.#parsed.fresh.length;
    if (end - cut > PIECE) this.#seam(cut, end);
  }

  /** §2.4: a backslash, before punctuation or at the end of a line. */
  escape(): boolean {
    const { text, at } = this;
    const next = text[at + 1];
    if (next === "\n") {
      this.take(at, at + 2, { kind: "break" });
      return true;
    }
    if (this.references.extensions && (next === "(" || next === "[")) {
      const closer = next === "(" ? "\\)" : "\\]";
      if (this.#found(slashedAt(text, at, this.#closerFrom(closer, at + 2), this.open))) return true;
    }
    if (!isAsciiPunctuation(next)) return false;
    this.take(at, at + 2, { kind: "text", text: next as string });
    return true;
  }

  /** Where the closer next stands; one that does not stand anywhere is looked for once. */
  #closerFrom(closer: string, from: number): number {
    const known = this.#closers.get(closer);
    if (known !== undefined && (known < 0 || known >= from)) return known;
    const found = this.text.indexOf(closer, from);
    this.#closers.set(closer, found);
    return found;
  }

  #found(found: Found): boolean {
    if (found === "unfinished") this.#pending = true;
    if (found === "unfinished" || found === undefined) return false;
    if (found.end >= this.text.length) this.#pending = true;
    this.take(this.at, found.end, found.node);
    return true;
  }

  /** §6.1: a run of backticks closes with the next run as long. */
  code(): boolean {
    const { text, at } = this;
    const end = runEnd(text, at);
    const length = end - at;
    const close = this.#ticksAfter(length, end);
    if (close < 0 && !this.open) {
      this.at = end;
      return true;
    }
    if (close < 0) this.#pending = true;
    const inside = (close < 0 ? text.slice(end) : text.slice(end, close)).replaceAll("\n", " ");
    const padded = /^ [\s\S]* $/.test(inside) && /[^ ]/.test(inside);
    const code = padded ? inside.slice(1, -1) : inside;
    this.take(at, close < 0 ? text.length : close + length, { kind: "code", text: code });
    return true;
  }

  #ticksAfter(length: number, from: number): number {
    if (!this.#ticks) {
      this.#ticks = new Map();
      for (const run of this.text.matchAll(/`+/g)) {
        const places = this.#ticks.get(run[0].length);
        if (places) places.push(run.index);
        else this.#ticks.set(run[0].length, [run.index]);
      }
      for (const places of this.#ticks.values()) places.reverse();
    }
    const places = this.#ticks.get(length) ?? [];
    while (places.length > 0 && (places.at(-1) as number) < from) places.pop();
    return places.at(-1) ?? -1;
  }

  delimiters(): boolean {
    const end = runEnd(this.text, this.at);
    this.take(this.at, end, runAt(this.text, this.at, end));
    return true;
  }

  dollars(): boolean {
    if (this.#found(dollarsAt(this.text, this.at, this.open))) return true;
    this.at = runEnd(this.text, this.at);
    return true;
  }

  entity(): boolean {
    const found = entityAt(this.text, this.at);
    if (found) this.take(this.at, found.end, { kind: "text", text: found.text });
    return found !== undefined;
  }

  angle(): boolean {
    const found = angledAt(this.text, this.at, this.open);
    if (found) this.take(this.at, found.end, found.node);
    return found !== undefined;
  }

  bare(around: (text: string, from: number, at: number) => Bare | undefined): boolean {
    const found = around(this.text, this.#from, this.at);
    if (found) this.take(found.start, found.end, found.node);
    return found !== undefined;
  }

  /** §6.7, §6.8: spaces around a line's end are dropped, two or more before it break the line. */
  newline(): boolean {
    const { text, at } = this;
    let end = at;
    while (end > this.#from && text[end - 1] === " ") end--;
    let next = at + 1;
    while (text[next] === " ") next++;
    this.take(end, next, at - end >= 2 ? { kind: "break" } : { kind: "text", text: "\n" });
    if (next - this.#parsed.cut > PIECE) this.#seam(next, next + 1);
    return true;
  }

  /** A note, if footnotes are on, or a bracket that may come to open a link. */
  bracket(): boolean {
    const { at } = this;
    const outer = this.#brackets.at(-1);
    if (outer) outer.nested = true;
    if (this.references.extensions && this.#note()) return true;
    this.#open(false, at + 1);
    return true;
  }

  bang(): boolean {
    if (this.text[this.at + 1] !== "[") return false;
    const outer = this.#brackets.at(-1);
    if (outer) outer.nested = true;
    this.#open(true, this.at + 2);
    return true;
  }

  #open(image: boolean, from: number): void {
    this.take(this.at, from, { kind: "text", text: image ? "![" : "[" });
    this.#brackets.push({ image, from, token: this.#tokens.length - 1, nested: false });
  }

  #note(): boolean {
    const match = /\[\^([^\][\s]{1,99})\]/y;
    match.lastIndex = this.at;
    const label = match.exec(this.text)?.[1];
    if (label === undefined) return false;
    const key = folded(label);
    const { fresh, notes } = this.#parsed;
    const number = this.references.note(key, fresh);
    if (number === undefined) return false;
    if (!notes.has(key)) fresh.push(key);
    notes.add(key);
    this.take(this.at, match.lastIndex, { kind: "note", label, number });
    return true;
  }

  /** §6.3: a closing bracket makes a link or an image of what it closes, if a target follows or is defined. */
  close(): boolean {
    const opener = this.#brackets.pop();
    if (!opener) return false;
    const active = opener.image || this.#brackets.length >= this.#inactive;
    this.#inactive = Math.min(this.#inactive, this.#brackets.length);
    const found = active ? this.#target(opener) : undefined;
    if (!found) return false;
    this.take(this.at, found.end);
    const inside = this.#tokens.splice(opener.token).slice(1);
    const matcher = new Matcher();
    for (const token of inside) if (token instanceof Run) matcher.take(token);
    this.references.work += matcher.work + inside.length;
    const children = built(inside);
    const { href, title } = found;
    if (opener.image) this.#tokens.push({ kind: "image", src: href, title, alt: plain(children) });
    else this.#tokens.push({ kind: "link", href, title, children: unlinked(children) });
    if (!opener.image) this.#inactive = this.#brackets.length;
    return true;
  }

  #target(opener: Bracket): (Target & { end: number }) | undefined {
    const { text } = this;
    const next = this.at + 1;
    if (text[next] === "(") {
      const found = inlineTargetAt(text, next + 1);
      if (found === "unfinished" && this.open) {
        this.#pending = true;
        return { href: "", title: "", end: text.length };
      }
      if (found && found !== "unfinished") return found;
    }
    const label = text[next] === "[" ? labelAt(text, next) : undefined;
    if (label === "unfinished") this.#pending = true;
    const full = label !== undefined && label !== "unfinished" ? label : undefined;
    const own = full === undefined || full.label === "";
    if (own && (opener.nested || this.at - opener.from > 999)) return undefined;
    const key = folded(own ? text.slice(opener.from, this.at) : full.label);
    const target = key === "" ? undefined : this.references.target(key);
    if (!target && key !== "") this.#parsed.missed.add(key);
    return target && { ...target, end: full ? full.end : next };
  }
}

function runEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end;
}

/** The text of an image's description (§6.4). */
function plain(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.kind === "text" || node.kind === "code") return node.text;
      if (node.kind === "math") return node.tex;
      if (node.kind === "image") return node.alt;
      if (node.kind === "break") return "\n";
      return node.kind === "note" ? `[^${node.label}]` : plain(node.children);
    })
    .join("");
}

/** Links hold no links: an address inside one is its text. */
function unlinked(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (node.kind === "link") return [...node.children];
    return "children" in node ? [{ ...node, children: unlinked(node.children) }] : [node];
  });
}

const COMMON: Readonly<Record<string, Rule>> = {
  "\\": (parser) => parser.escape(),
  "`": (parser) => parser.code(),
  "*": (parser) => parser.delimiters(),
  _: (parser) => parser.delimiters(),
  "[": (parser) => parser.bracket(),
  "!": (parser) => parser.bang(),
  "]": (parser) => parser.close(),
  "<": (parser) => parser.angle(),
  "&": (parser) => parser.entity(),
  "\n": (parser) => parser.newline(),
};

const EXTENDED: typeof COMMON = {
  ...COMMON,
  "~": (parser) => parser.delimiters(),
  $: (parser) => parser.dollars(),
  ":": (parser) => parser.bare(schemeAround),
  ".": (parser) => parser.bare(wwwAround),
  "@": (parser) => parser.bare(mailAround),
};
