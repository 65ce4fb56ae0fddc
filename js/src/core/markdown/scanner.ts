/** A leaf's text being read from the left: tokens, what may still pair up, and where the text is cut as settled. */

import { built, Matcher, Run, type Token } from "./delimiters.ts";
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
  readonly fresh: Map<string, number>;
  fixed: number;
}

export interface Bracket {
  readonly image: boolean;
  readonly token: number;
  /** Where the text in the brackets begins. */
  readonly from: number;
  /** A bracket follows inside, so it can be no label. */
  nested: boolean;
}

/** What a character may begin; false when it is text. */
export type Rule = (scanner: Scanner) => boolean;

/** How much is gathered before it is cut off as settled: what streams is parsed again from the last cut. */
const PIECE_CHARS = 256;

/** Where a text may be cut: before a letter or digit that follows white space or CJK punctuation. */
const SEAM = /[ \n，。、；：！？](?=[\p{L}\p{N}])/u;

const PLAIN = /[^\\`*_~$[\]!<&\n:.@]+/y;

export class Scanner {
  readonly text: string;
  readonly references: References;
  readonly open: boolean;
  at = 0;
  /** Where the text begins that is not yet in a token. */
  from = 0;
  tokens: Token[] = [];
  readonly brackets: Bracket[] = [];
  /** Brackets below this one stand around a link, and links hold no links (§6.3). */
  inactive = 0;
  /** Something is open whose end is not in the text: nothing behind it is certain. */
  pending = false;
  /** Where the runs of backticks stand, by their length, the last first. */
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
  /** The first token that `#matcher` has not seen. */
  #unmatched = 0;
  #matcher = new Matcher();

  constructor(text: string, references: References, open: boolean, limit: number) {
    this.text = text;
    this.references = references;
    this.open = open;
    this.#limit = limit;
  }

  scan(rules: Readonly<Record<string, Rule>>): void {
    const { text } = this;
    let steps = 0;
    while (this.at < text.length) {
      steps++;
      PLAIN.lastIndex = this.at;
      const end = PLAIN.test(text) ? PLAIN.lastIndex : this.at;
      this.seam(this.at, end);
      this.at = end;
      if (end >= text.length) break;
      if (!rules[text[end] as string]?.(this)) this.at++;
    }
    this.take(text.length, text.length);
    this.references.work += steps + text.length;
  }

  /** The plain text up to `end` becomes a token, and so does `token`; reading goes on at `next`. */
  take(end: number, next: number, token?: Token): void {
    if (end > this.from) this.tokens.push({ kind: "text", text: this.text.slice(this.from, end) });
    if (token) this.tokens.push(token);
    this.from = next;
    this.at = next;
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
   * Cut between two places where nothing before can change any more. Whether it can is seen in the text to the left
   * alone, so that any chunking of a text cuts it at the same places.
   */
  seam(start: number, end: number): void {
    for (let from = start; from < end; from = this.parsed.cut) {
      const earliest = Math.max(from, this.parsed.cut + PIECE_CHARS);
      if (earliest >= end || this.pending || this.brackets.length > 0) return;
      const found = this.text.slice(earliest - 1, Math.min(end, this.#limit)).search(SEAM);
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
