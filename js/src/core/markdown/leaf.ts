/** A paragraph or a heading while it grows: its text, what of it is settled, and what it shows meanwhile. */

import { trimmedEnd } from "./chars.ts";
import { type Parsed, parseInlines } from "./inline.ts";
import { definitionAt } from "./link.ts";
import type { References, Source } from "./references.ts";
import { Grid, MAX_HEAD_CHARS } from "./table.ts";
import type { Block, Inline, Prose } from "./tree.ts";

/** A longer unsettled text is parsed again only when it has grown by an eighth; what comes meanwhile shows plain. */
const LONG_TEXT_CHARS = 4096;

/** An opening bracket waits so long for its partner before it shows: it may begin a definition. */
const MAX_WAITING_LABEL_CHARS = 200;

/** What is longer is no definition: each further line of one that never closes would read it all again. */
const MAX_DEFINITION_CHARS = 2_000;

/** A heading without its closing sequence: hashes behind a space (§4.2). */
function unhashed(text: string): string {
  const bare = trimmedEnd(trimmedEnd(text, " \t"), "#");
  const apart = bare === "" || bare.endsWith(" ") || bare.endsWith("\t");
  return apart ? trimmedEnd(bare, " \t") : text;
}

export class Leaf {
  prose: Prose;
  /** What follows the settled part, each line ended by "\n" but the last. */
  text: string;
  /** The last line is finished. */
  complete = true;
  /** Definitions may stand at its beginning (§4.7). */
  #front: boolean;
  readonly #done: string[] = [];
  readonly #missed = new Set<string>();
  readonly #notes = new Set<string>();
  readonly #references: References;
  readonly #home: Block[];
  readonly #base: number;
  /** Hashes may close it (§4.2). */
  #hashes: boolean;
  #long: { readonly length: number; readonly shown: number } | undefined;

  constructor(references: References, home: readonly Block[], level: number, text: string, front: boolean) {
    this.#references = references;
    this.#home = home as Block[];
    this.#base = home.length;
    this.prose = { kind: level > 0 ? "heading" : "paragraph", level, inlines: [], settled: 0 };
    this.#hashes = level > 0;
    this.text = text;
    this.#front = front && text.startsWith("[");
  }

  get shown(): boolean {
    return this.#home.length > this.#base;
  }

  /** The last line, if it may be the head of a table: it is whole in the unsettled text. */
  get head(): string | undefined {
    const from = this.text.lastIndexOf("\n") + 1;
    if (from === 0 && this.#done.length > 0) return undefined;
    return this.text.slice(from);
  }

  dropHead(): void {
    this.text = this.text.slice(0, Math.max(0, this.text.lastIndexOf("\n")));
  }

  become(level: number): void {
    const { inlines, settled } = this.prose;
    this.#hashes = false;
    this.prose = { kind: "heading", level, inlines, settled };
  }

  /** Take the definitions off the beginning; true when what is left may still be one. */
  defined(open: boolean): boolean {
    while (this.#front && this.text !== "") {
      const found = definitionAt(open && this.complete ? `${this.text}\n` : this.text, open);
      this.#references.work += 1;
      if (found === "unfinished" && this.complete && this.text.length > MAX_DEFINITION_CHARS) {
        this.#front = false;
        break;
      }
      if (found === "unfinished") return this.text.includes("]") || this.text.length < MAX_WAITING_LABEL_CHARS;
      this.#front = found !== undefined;
      if (!found) break;
      this.#references.define(found.label, found.target);
      this.text = this.text.slice(found.end).replace(/^[ \t]+/, "");
    }
    return false;
  }

  /** Show the text so far as it will look. `firm`: none of it will be taken back. */
  refresh(firm: boolean): void {
    if (firm && this.defined(true)) {
      this.#show();
      return;
    }
    const last = this.text.lastIndexOf("\n") + 1;
    const brief = this.text.length - last <= MAX_HEAD_CHARS;
    const head =
      brief && this.#references.extensions && this.prose.level === 0 && this.text.startsWith("|", last);
    const text = head ? this.text.slice(0, last) : this.#visible();
    const limit = brief && this.text.includes("|", last) ? last : undefined;
    this.#parse(text, limit, firm);
    const grid = head ? new Grid(this.#references, this.text.slice(last), undefined, true) : undefined;
    const prose = this.prose.inlines.length > 0 || this.prose.level > 0 ? [this.prose] : [];
    this.#show(...prose, ...(grid ? [grid.table] : []));
  }

  /** A finished line's end tells a mark before it apart; what may be a heading's closing hashes waits. */
  #visible(): string {
    if (this.#hashes) return this.complete ? this.text : unhashed(this.text);
    return this.complete ? `${this.text}\n` : this.text;
  }

  /** Show the text's end as plain text behind a long one that was parsed not long ago. */
  #extended(text: string): boolean {
    const long = this.#long;
    if (!long || text.length < long.length || text.length > long.length * 1.125) return false;
    const inlines = this.prose.inlines as Inline[];
    inlines.length = long.shown;
    if (text.length > long.length) inlines.push({ kind: "text", text: text.slice(long.length) });
    return true;
  }

  #parse(text: string, limit: number | undefined, firm: boolean): void {
    if (this.#extended(text)) return;
    const parsed = parseInlines(text, this.#references, true, limit);
    this.#put(parsed, firm);
    const { length } = text;
    const long = length > LONG_TEXT_CHARS && parsed.cut === 0;
    this.#long = long ? { length, shown: this.prose.inlines.length } : undefined;
  }

  #put(parsed: Parsed, firm: boolean): void {
    const { prose } = this;
    const inlines = prose.inlines as Inline[];
    inlines.length = prose.settled;
    for (const node of parsed.nodes) inlines.push(node);
    if (!firm || parsed.cut === 0) return;
    prose.settled += parsed.settled;
    this.#done.push(this.text.slice(0, parsed.cut));
    this.text = this.text.slice(parsed.cut);
    this.#gather(parsed, parsed.fixed);
  }

  #gather(parsed: Parsed, fixed: number): void {
    for (const label of parsed.missed) this.#missed.add(label);
    for (const label of parsed.notes) this.#notes.add(label);
    this.#references.number([...parsed.fresh.keys()].slice(0, fixed));
  }

  #show(...blocks: Block[]): void {
    this.#home.length = this.#base;
    for (const block of blocks) this.#home.push(block);
  }

  /** Nothing follows. `firm`: for good, and then its definitions count and late ones will find it. */
  close(firm: boolean): void {
    this.#long = undefined;
    if (firm) this.defined(false);
    const { prose } = this;
    const text = this.#hashes ? unhashed(this.text) : this.text;
    const hidden = !firm && this.#front && definitionAt(`${text}\n`, true) === "unfinished";
    const empty = text === "" && this.#done.length === 0 && prose.level === 0;
    if (hidden || empty) {
      this.#show();
      return;
    }
    const parsed = parseInlines(text, this.#references, false);
    this.#put({ ...parsed, cut: 0 }, firm);
    this.#show(prose);
    if (!firm) return;
    this.#gather(parsed, parsed.fresh.size);
    prose.settled = prose.inlines.length;
    if (this.#missed.size > 0 || this.#notes.size > 0) this.#wait(this.#done.join("") + text);
  }

  #wait(text: string): void {
    const references = this.#references;
    const target = this.prose;
    const source: Source = {
      target,
      revisions: 0,
      reparse() {
        const parsed = parseInlines(text, references, false);
        const inlines = target.inlines as Inline[];
        inlines.length = 0;
        for (const node of parsed.nodes) inlines.push(node);
        target.settled = inlines.length;
        references.wait(source, parsed.missed, []);
      },
    };
    references.wait(source, this.#missed, this.#notes);
  }
}
