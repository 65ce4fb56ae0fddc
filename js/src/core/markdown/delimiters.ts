/** Emphasis, strong emphasis and strikethrough: the matching of delimiter runs (§6.2 and GFM §6.5). */

import { flanking } from "./flanking.ts";
import type { Inline, Span } from "./tree.ts";

export type { Span };

/**
 * Spans that are nested deeper stay text. Otherwise a text could make a tree so deep that it overflows the
 * call stack.
 */
const MAX_NESTED_SPANS = 24;

/** The most open spans of an unfinished text that are shown as closed. No real text has more open spans. */
const MAX_OPEN_SPANS = 4;

/** A run of delimiters between the tokens of a text, with the spans that it opens and closes. */
export class Run {
  readonly char: string;
  readonly length: number;
  /** The number of delimiters that have no partner yet. In the end they are shown as text. */
  left: number;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  /** Whether the spans that it opens are shown as closed while their end has not come. */
  readonly isHopeful: boolean;
  /** Set if the run is a tag of HTML: its span, and the tag as written. */
  readonly tag: { readonly span: Span; readonly source: string } | undefined;
  /** The spans that this run opens and closes, from the innermost to the outermost. */
  readonly opens: Span[] = [];
  readonly closes: Span[] = [];
  /** The depth of nesting in the spans that were closed after this run. */
  depth = 0;
  order = 0;

  constructor(
    char: string,
    length: number,
    canOpen: boolean,
    canClose: boolean,
    isHopeful = !canClose,
    tag?: Run["tag"],
  ) {
    this.char = char;
    this.length = length;
    this.left = length;
    this.canOpen = canOpen;
    this.canClose = canClose;
    this.isHopeful = isHopeful;
    this.tag = tag;
  }

  /** The text of the delimiters that have no partner. */
  get rest(): string {
    return this.tag?.source ?? this.char.repeat(this.left);
  }
}

export type Token = Inline | Run;

/** Make a run. Only two tildes strike through: one stands for "about" (~$3) or "to" (3~5). */
export function runAt(text: string, at: number, end: number, friendly: boolean): Run {
  const char = text[at] as string;
  const length = end - at;
  if (char === "~" && length !== 2) return new Run(char, length, false, false);
  const { opens, closes, cjk } = flanking(text, at, end, friendly);
  return new Run(char, length, opens, closes, !closes || (cjk && length === 2));
}

/**
 * §6.2, rules 9 and 10: if one of two runs can both open and close, the runs match only if the sum of their
 * lengths is not a multiple of 3, or if both lengths are multiples of 3.
 */
function suits(opener: Run, closer: Run): boolean {
  if (opener.char !== closer.char) return false;
  if (opener.char === "~") return true;
  if (!opener.canClose && !closer.canOpen) return true;
  return (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}

/**
 * Matches each closing run with an opening run, from left to right, and keeps the runs that may still open a
 * span.
 */
export class Matcher {
  readonly openers: Run[] = [];
  /** For each kind of closing run, the order of the last run that cannot open it. The search stops there. */
  readonly #bottom = new Map<string, number>();
  #order = 0;
  work = 0;

  take(run: Run): void {
    run.order = ++this.#order;
    if (run.canClose) while (run.left > 0 && this.#match(run));
    if (run.canOpen && run.left > 0) this.openers.push(run);
  }

  #match(closer: Run): boolean {
    const kind = `${closer.char}${closer.canOpen}${closer.length % 3}`;
    const bottom = this.#bottom.get(kind) ?? 0;
    let depth = closer.depth;
    for (let at = this.openers.length - 1; at >= 0; at--) {
      const opener = this.openers[at] as Run;
      this.work++;
      if (opener.order <= bottom) break;
      depth = Math.max(depth, opener.depth);
      if (!suits(opener, closer)) continue;
      if (depth >= MAX_NESTED_SPANS) break;
      this.openers.length = at + 1;
      this.#pair(opener, closer, depth + 1);
      return true;
    }
    this.#bottom.set(kind, this.#order - 1);
    return false;
  }

  #pair(opener: Run, closer: Run, depth: number): void {
    const strike = opener.char === "~";
    const used = strike || (opener.left >= 2 && closer.left >= 2) ? 2 : 1;
    const span = opener.tag?.span ?? (strike ? "strike" : used === 2 ? "strong" : "emphasis");
    opener.opens.push(span);
    closer.closes.push(span);
    opener.left -= used;
    closer.left -= used;
    if (opener.left === 0) this.openers.pop();
    const around = opener.left > 0 ? opener : this.openers.at(-1);
    closer.depth = depth;
    if (around) around.depth = Math.max(around.depth, depth);
  }

  /** Return a run that closes the open spans of an unfinished text. It belongs behind the last token. */
  optimistic(tokens: readonly Token[]): Run {
    const end = new Run("", 0, false, false);
    for (const opener of this.openers) {
      const hopeful = opener.isHopeful && opener !== tokens.at(-1);
      if (!hopeful || end.closes.length >= MAX_OPEN_SPANS) continue;
      const spans = hopedSpans(opener);
      for (const span of spans) opener.left -= opener.tag || span === "emphasis" ? 1 : 2;
      opener.opens.push(...spans);
      end.closes.unshift(...spans);
    }
    return end;
  }
}

/** Return the spans that the delimiters of a run open if all of them find a partner. */
function hopedSpans({ tag, char, left }: Run): Span[] {
  if (tag) return [tag.span];
  if (char === "~") return ["strike"];
  if (left === 2) return ["strong"];
  return left > 2 ? ["strong", "emphasis"] : ["emphasis"];
}

/** Build the tree of the tokens, with adjacent texts joined. */
export function built(tokens: readonly Token[]): Inline[] {
  const around: Inline[][] = [];
  let here: Inline[] = [];
  for (const token of tokens) {
    if (!(token instanceof Run)) {
      add(here, token);
      continue;
    }
    for (const kind of token.closes) {
      const children = here;
      here = around.pop() ?? [];
      here.push({ kind, children });
    }
    if (token.left > 0) add(here, { kind: "text", text: token.rest });
    for (let n = token.opens.length; n > 0; n--) {
      around.push(here);
      here = [];
    }
  }
  return here;
}

function add(to: Inline[], node: Inline): void {
  const last = to.at(-1);
  if (node.kind !== "text" || last?.kind !== "text") to.push(node);
  else to[to.length - 1] = { kind: "text", text: last.text + node.text };
}
