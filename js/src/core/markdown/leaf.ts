/** Paragraph or heading that grows. The beginning of its text is settled; the rest may be parsed again. */

import { unhashed } from "./chars.ts";
import { isUnseen } from "./html/comments.ts";
import { type Parsed, parseInlines } from "./inline.ts";
import type { Journal } from "./journal.ts";
import { BRIEF_LABEL, definitionAt, MAX_DEFINITION_CHARS } from "./link.ts";
import { ParseSchedule } from "./parse-schedule.ts";
import type { References } from "./references.ts";
import { proseSource } from "./revision.ts";
import { Grid, mayBeHead } from "./table.ts";
import type { Block, Inline, Prose } from "./tree.ts";

/** An unsettled text longer than this is not parsed with every piece; see `ParseSchedule`. */
const LONG_TEXT_CHARS = 2_048;

export class Leaf {
  prose: Prose;
  /** The lines before the last, each with its line end. They are joined only where the text is parsed. */
  lines = "";
  /** The last line. It is kept apart, because it may become the head of a table. */
  last = "";
  /** Whether the last line is finished. */
  complete = true;
  /** Whether a displayed formula goes on in the next line. */
  isInFormula = false;
  /** Whether the text that is shown may turn out to be a link definition. */
  mayVanish = false;
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
  /** The text that was added since the text was parsed last. */
  fresh = "";
  readonly #schedule = new ParseSchedule();
  /** The number of inlines when the text was parsed last. */
  #parsedInlines = 0;

  constructor(
    references: References,
    home: readonly Block[],
    level: number,
    text: string,
    front: boolean,
    isSummary = false,
  ) {
    this.#references = references;
    this.#home = home as Block[];
    this.#base = home.length;
    const kind = level > 0 ? "heading" : isSummary ? "summary" : "paragraph";
    this.prose = { kind, level, inlines: [], settled: 0 };
    this.#hashes = level > 0;
    this.keep(text);
    this.#front = front && text.startsWith("[");
  }

  get shown(): boolean {
    return this.#home.length > this.#base;
  }

  /** The text after the settled part. Each line but the last ends with "\n". */
  get text(): string {
    return this.lines + this.last;
  }

  /** Replace that text. */
  keep(text: string): void {
    const from = text.lastIndexOf("\n") + 1;
    this.lines = text.slice(0, from);
    this.last = text.slice(from);
  }

  get isLong(): boolean {
    return this.lines.length + this.last.length > LONG_TEXT_CHARS;
  }

  /** Add a finished line. */
  append(line: string, journal: Journal): void {
    if (this.lines !== "" || this.last !== "") journal.set(this, "lines", `${this.lines}${this.last}\n`);
    journal.set(this, "last", line);
    journal.set(this, "fresh", `${this.fresh}\n${line}`);
    journal.set(this, "complete", true);
  }

  /** Add text to the last line. */
  extend(text: string): void {
    this.last += text;
    this.fresh += text;
    this.complete = false;
  }

  finish(): void {
    this.complete = true;
  }

  /**
   * The last line, which may become the head of a table. It is undefined if part of the line is settled
   * already, because it then stays a paragraph.
   */
  get head(): string | undefined {
    return this.lines === "" && this.#done.length > 0 ? undefined : this.last;
  }

  dropHead(): void {
    this.keep(this.lines.slice(0, -1));
  }

  become(level: number): void {
    const { inlines, settled } = this.prose;
    this.#hashes = false;
    this.prose = { kind: "heading", level, inlines, settled };
  }

  /**
   * Remove the link definitions from the beginning of the text. If the rest may still become a definition,
   * return how much of it is known: a label, or what follows it.
   */
  defined(open: boolean): "label" | "unfinished" | undefined {
    while (this.#front && (this.lines !== "" || this.last !== "")) {
      const { text } = this;
      const found = definitionAt(open && this.complete ? `${text}\n` : text, open);
      this.#references.work += 1;
      if (found === "unfinished" && this.complete && text.length > MAX_DEFINITION_CHARS) {
        this.#front = false;
        break;
      }
      if (found === "unfinished" || found === "label") return found;
      this.#front = found !== undefined;
      if (!found) break;
      this.#references.define(found.label, found.target);
      this.keep(text.slice(found.end).replace(/^[ \t]+/, ""));
    }
    return undefined;
  }

  /**
   * Show the text so far. Unfinished elements are shown as they will look when finished. With `final`, this
   * text is not taken back later.
   */
  refresh(final: boolean): void {
    const chars = this.lines.length + this.last.length;
    if (this.isLong && (!final || !this.#schedule.isDue(chars))) {
      this.#showFresh();
      return;
    }
    this.#schedule.note(chars);
    this.#parsed();
    const waiting = final ? this.defined(true) : undefined;
    this.mayVanish = waiting !== undefined;
    if (waiting === "unfinished" || (waiting && BRIEF_LABEL.test(this.text))) {
      this.#show();
      return;
    }
    const mayHead =
      this.#references.extensions &&
      !this.isInFormula &&
      this.prose.kind === "paragraph" &&
      mayBeHead(this.last);
    const head = mayHead && this.last.startsWith("|");
    const limit = waiting ? 0 : mayHead ? this.lines.length : undefined;
    const parsed = parseInlines(head ? this.lines : this.#visible(), this.#references, true, limit);
    this.#put(parsed, final);
    this.#parsed();
    const grid = head ? new Grid(this.#references, this.last, undefined, true) : undefined;
    this.#show(this.prose, ...(grid ? [grid.table] : []));
  }

  #parsed(): void {
    this.#schedule.chars = this.lines.length + this.last.length;
    this.#parsedInlines = this.prose.inlines.length;
    this.fresh = "";
  }

  /** Show what was added to a long text as plain text, until the text is parsed again. */
  #showFresh(): void {
    if (!this.shown || this.isInFormula) return;
    const inlines = this.prose.inlines as Inline[];
    inlines.length = this.#parsedInlines;
    if (this.fresh !== "") inlines.push({ kind: "text", text: this.fresh });
  }

  /**
   * Return the text to show. A finished line keeps its line end, because that decides the meaning of delimiters
   * before it. Hashes that may close a heading are not shown yet.
   */
  #visible(): string {
    if (this.#hashes) return this.complete ? this.text : unhashed(this.text);
    return this.complete && this.prose.kind !== "summary" ? `${this.text}\n` : this.text;
  }

  #put(parsed: Parsed, final: boolean): void {
    const { prose } = this;
    const inlines = prose.inlines as Inline[];
    inlines.length = prose.settled;
    for (const node of parsed.nodes) inlines.push(node);
    if (!final || parsed.cut === 0) return;
    prose.settled += parsed.settled;
    const { text } = this;
    this.#done.push(text.slice(0, parsed.cut));
    this.keep(text.slice(parsed.cut));
    this.#gather(parsed, parsed.fixed);
  }

  #gather(parsed: Parsed, fixed: number): void {
    for (const label of parsed.missed) this.#missed.add(label);
    for (const label of parsed.notes) this.#notes.add(label);
    this.#references.number([...parsed.fresh.keys()].slice(0, fixed));
  }

  #show(...blocks: Block[]): void {
    this.#home.length = this.#base;
    for (const block of blocks) if (!isUnseen(block)) this.#home.push(block);
  }

  /**
   * End the leaf.
   *
   * @param final Whether this end is certain, and not that of an unfinished line. If it is certain, the
   *   leaf's link definitions are added to the document, and later definitions can change the leaf.
   */
  close(final: boolean): void {
    // The end of a long text is shown only once it is certain, because the line behind it may come in pieces.
    if (!final && this.isLong) return;
    this.#schedule.chars = 0;
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
    if (this.#missed.size === 0 && this.#notes.size === 0) return;
    const source = proseSource(prose, this.#done.join("") + text, this.#references);
    this.#references.wait(source, this.#missed, this.#notes);
  }
}
