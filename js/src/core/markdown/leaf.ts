/**
 * A paragraph or a heading while it grows. The beginning of its text is settled; the rest is shown
 * provisionally and parsed again when more text comes.
 */

import { trimmedEnd } from "./chars.ts";
import { type Parsed, parseInlines } from "./inline.ts";
import { definitionAt } from "./link.ts";
import type { References, Source } from "./references.ts";
import { Grid, MAX_HEAD_CHARS } from "./table.ts";
import type { Block, Inline, Prose } from "./tree.ts";

/**
 * An unsettled text longer than this is parsed again only after it has grown by an eighth. Until then, the
 * part that is new is shown as plain text.
 */
const LONG_TEXT_CHARS = 4096;

/**
 * A text that begins with an unclosed bracket may become a link definition, so it is not shown while it is
 * shorter than this.
 */
const MAX_WAITING_LABEL_CHARS = 200;

/**
 * A text longer than this is not taken for a link definition. If its brackets never closed, each further line
 * would cost a search of the whole text.
 */
const MAX_DEFINITION_CHARS = 2_000;

/** Remove a heading's closing sequence, which is a space and hashes at its end (§4.2). */
function unhashed(text: string): string {
  const bare = trimmedEnd(trimmedEnd(text, " \t"), "#");
  const apart = bare === "" || bare.endsWith(" ") || bare.endsWith("\t");
  return apart ? trimmedEnd(bare, " \t") : text;
}

export class Leaf {
  prose: Prose;
  /** The text after the settled part. Each line but the last ends with "\n". */
  text: string;
  /** Whether the last line of the text is finished. */
  complete = true;
  /** Whether link definitions may stand at the beginning of the text (§4.7). */
  #front: boolean;
  readonly #done: string[] = [];
  readonly #missed = new Set<string>();
  readonly #notes = new Set<string>();
  readonly #references: References;
  readonly #home: Block[];
  readonly #base: number;
  /** Whether the leaf is an ATX heading, which hashes may close (§4.2). */
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

  /**
   * The last line, which may become the head of a table. It is undefined if part of the line is settled
   * already, because it then stays a paragraph.
   */
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

  /**
   * Remove the link definitions from the beginning of the text. Return whether the rest may still become a
   * definition.
   */
  defined(open: boolean): boolean {
    while (this.#front && this.text !== "") {
      const found = definitionAt(open && this.complete ? `${this.text}\n` : this.text, open);
      this.#references.work += 1;
      if (found === "unfinished" && this.complete && this.text.length > MAX_DEFINITION_CHARS) {
        this.#front = false;
        break;
      }
      if (found === "unfinished")
        return this.text.includes("]") || this.text.length < MAX_WAITING_LABEL_CHARS;
      this.#front = found !== undefined;
      if (!found) break;
      this.#references.define(found.label, found.target);
      this.text = this.text.slice(found.end).replace(/^[ \t]+/, "");
    }
    return false;
  }

  /**
   * Show the text so far. Unfinished elements are shown as they will look when finished. With `final`, this
   * text is not taken back later.
   */
  refresh(final: boolean): void {
    if (final && this.defined(true)) {
      this.#show();
      return;
    }
    const last = this.text.lastIndexOf("\n") + 1;
    const brief = this.text.length - last <= MAX_HEAD_CHARS;
    const head =
      brief && this.#references.extensions && this.prose.level === 0 && this.text.startsWith("|", last);
    const text = head ? this.text.slice(0, last) : this.#visible();
    const limit = brief && this.text.includes("|", last) ? last : undefined;
    this.#parse(text, limit, final);
    const grid = head ? new Grid(this.#references, this.text.slice(last), undefined, true) : undefined;
    const prose = this.prose.inlines.length > 0 || this.prose.level > 0 ? [this.prose] : [];
    this.#show(...prose, ...(grid ? [grid.table] : []));
  }

  /**
   * Return the text to show. A finished line keeps its line end, because the line end decides the meaning of
   * the delimiters before it. Hashes that may close a heading are not shown yet.
   */
  #visible(): string {
    if (this.#hashes) return this.complete ? this.text : unhashed(this.text);
    return this.complete ? `${this.text}\n` : this.text;
  }

  /**
   * Show the new part of a long text as plain text, if the text was parsed a short while ago. Return whether
   * that was the case.
   */
  #extended(text: string): boolean {
    const long = this.#long;
    if (!long || text.length < long.length || text.length > long.length * 1.125) return false;
    const inlines = this.prose.inlines as Inline[];
    inlines.length = long.shown;
    if (text.length > long.length) inlines.push({ kind: "text", text: text.slice(long.length) });
    return true;
  }

  #parse(text: string, limit: number | undefined, final: boolean): void {
    if (this.#extended(text)) return;
    const parsed = parseInlines(text, this.#references, true, limit);
    this.#put(parsed, final);
    const { length } = text;
    const long = length > LONG_TEXT_CHARS && parsed.cut === 0;
    this.#long = long ? { length, shown: this.prose.inlines.length } : undefined;
  }

  #put(parsed: Parsed, final: boolean): void {
    const { prose } = this;
    const inlines = prose.inlines as Inline[];
    inlines.length = prose.settled;
    for (const node of parsed.nodes) inlines.push(node);
    if (!final || parsed.cut === 0) return;
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

  /**
   * End the leaf.
   *
   * @param final Whether this end is certain, and not that of an unfinished line. If it is certain, the
   *   leaf's link definitions are added to the document, and later definitions can change the leaf.
   */
  close(final: boolean): void {
    this.#long = undefined;
    if (final) this.defined(false);
    const { prose } = this;
    const text = this.#hashes ? unhashed(this.text) : this.text;
    const hidden = !final && this.#front && definitionAt(`${text}\n`, true) === "unfinished";
    const empty = text === "" && this.#done.length === 0 && prose.level === 0;
    if (hidden || empty) {
      this.#show();
      return;
    }
    const parsed = parseInlines(text, this.#references, false);
    this.#put({ ...parsed, cut: 0 }, final);
    this.#show(prose);
    if (!final) return;
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
