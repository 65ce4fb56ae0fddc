/**
 * Scanner of a leaf's text. It produces the tokens, keeps the delimiters and brackets that have no partner
 * yet, and decides where the text is cut, so that the part before the cut is settled.
 */

import { built, Matcher, Run, type Token } from "./delimiters.ts";
import type { References } from "./references.ts";
import type { Inline } from "./tree.ts";

export interface Parsed {
  readonly nodes: Inline[];
  /** The number of nodes, from the first on, that no following text can change. */
  settled: number;
  /** The index in the text at which the settled nodes end. */
  cut: number;
  /** The labels that the text refers to and that have no definition. */
  readonly missed: Set<string>;
  /** The labels of the footnotes that the text refers to, in the order of their first reference. */
  readonly notes: Set<string>;
  /** The labels of `notes`, each with its index in that order. */
  readonly fresh: Map<string, number>;
  /** The number of footnotes whose first reference is before the cut. */
  fixed: number;
}

export interface Bracket {
  readonly image: boolean;
  readonly token: number;
  /** The index at which the text inside the brackets begins. */
  readonly from: number;
  /** Whether these brackets contain another bracket. The text inside is then not a label. */
  nested: boolean;
}

/**
 * Parses the element that a character begins. Returns false if no element begins there, so that the character
 * is text.
 */
export type Rule = (scanner: Scanner) => boolean;

/** Least length of a settled piece of text. A text that grows is parsed again only from the last cut on. */
const PIECE_CHARS = 256;

/**
 * A text may be cut behind white space, because the beginning of a text counts as white space too, and before
 * a letter or digit that follows CJK punctuation.
 */
const SEAM = /[ \n](?=\S)|[，。、；：！？](?=[\p{L}\p{N}])/u;

const PLAIN = /[^\\`*_~$[\]!<&\n:.@]+/y;

export class Scanner {
  readonly text: string;
  readonly references: References;
  readonly open: boolean;
  /** Whether the text goes on, without white space between. */
  readonly growing: boolean;
  /** The marks that end an address behind them; see `Surroundings`. */
  marks = "";
  at = 0;
  /** The index up to which the text is in tokens. */
  from = 0;
  tokens: Token[] = [];
  readonly brackets: Bracket[] = [];
  /**
   * How many of the open brackets, from the first of `brackets` on, have a link inside already. They may
   * become images, but not links, because links contain no links (§6.3).
   */
  inactive = 0;
  /** Whether an element has begun and not ended yet. The meaning of the text inside is then uncertain. */
  pending = false;
  /** For each length of a run of backticks, the indexes of the runs of that length, the last run first. */
  ticks: Map<number, number[]> | undefined;
  readonly closers = new Map<string, number>();
  readonly parsed: Parsed = {
    nodes: [],
    settled: 0,
    cut: 0,
    missed: new Set(),
    notes: new Set(),
    fresh: new Map(),
    fixed: 0,
  };
  readonly #limit: number;
  /** The index of the first token that `#matcher` has not seen. */
  #unmatched = 0;
  #matcher = new Matcher();

  constructor(text: string, references: References, open: boolean, growing: boolean, limit: number) {
    this.text = text;
    this.references = references;
    this.open = open;
    this.growing = growing;
    this.#limit = limit;
  }

  /**
   * Whether a bracket is open that may become the text of a link. An address inside has no target then, because
   * that of the link counts.
   */
  get mayBeInLink(): boolean {
    return this.open && this.brackets.length > this.inactive;
  }

  scan(rules: Readonly<Record<string, Rule>>): void {
    const { text } = this;
    let steps = 0;
    while (this.at < text.length) {
      steps++;
      PLAIN.lastIndex = this.at;
      const end = PLAIN.test(text) ? PLAIN.lastIndex : this.at;
      if (end > this.at) this.seam(this.at, end);
      this.at = end;
      if (end >= text.length) break;
      if (!rules[text[end] as string]?.(this)) this.at++;
    }
    this.take(text.length, text.length);
    this.references.work += steps + text.length;
  }

  /** Add the plain text before `end` and then `token` to the tokens, and continue at `next`. */
  take(end: number, next: number, token?: Token): void {
    if (end > this.from) this.tokens.push({ kind: "text", text: this.text.slice(this.from, end) });
    if (token) this.tokens.push(token);
    this.from = next;
    this.at = next;
  }

  /**
   * Take back the end of the text in tokens, as far as it matches. Each escaped character is a token of its
   * own.
   */
  takeBack(pattern: RegExp, mostChars: number): string {
    let taken = "";
    let last = this.tokens.at(-1);
    while (last && "text" in last && last.kind === "text" && taken.length < mostChars) {
      const found = pattern.exec(last.text.slice(taken.length - mostChars))?.[0] ?? "";
      if (found === "") break;
      taken = found + taken;
      this.tokens.pop();
      if (found !== last.text) {
        this.tokens.push({ kind: "text", text: last.text.slice(0, -found.length) });
        break;
      }
      last = this.tokens.at(-1);
    }
    this.#unmatched = Math.min(this.#unmatched, this.tokens.length);
    return taken;
  }

  #match(): void {
    for (; this.#unmatched < this.tokens.length; this.#unmatched++) {
      const token = this.tokens[this.#unmatched];
      if (token instanceof Run) this.#matcher.take(token);
    }
  }

  #build(): void {
    for (const node of built(this.tokens)) this.parsed.nodes.push(node);
    this.references.work += this.#matcher.work;
  }

  /**
   * Cut the text from one index up to another, if nothing before the cut can change any more. The decision
   * depends only on the text to the left and the character to the right, so that the cuts do not depend on
   * the chunks in which the text arrived.
   */
  seam(start: number, end: number): void {
    for (let from = start; ; from = this.parsed.cut) {
      const earliest = Math.max(from, this.parsed.cut + PIECE_CHARS);
      if (earliest > end || this.pending || this.brackets.length > 0) return;
      const found = this.text.slice(earliest - 1, Math.min(end + 1, this.#limit)).search(SEAM);
      const cut = earliest + found;
      if (found < 0) return;
      this.#match();
      if (this.#matcher.openers.length > 0) return;
      this.take(cut, cut);
      this.#cut(cut);
    }
  }

  #cut(at: number): void {
    const { parsed } = this;
    this.#build();
    this.tokens = [];
    this.#unmatched = 0;
    this.#matcher = new Matcher();
    this.marks = "";
    parsed.cut = at;
    parsed.settled = parsed.nodes.length;
    parsed.fixed = parsed.fresh.size;
  }

  finish(): Parsed {
    this.#match();
    if (this.open) this.tokens.push(this.#matcher.optimistic(this.tokens));
    this.#build();
    return this.parsed;
  }
}
