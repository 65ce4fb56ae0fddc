/**
 * Incremental Markdown parser. It reads line by line. The last line, while unfinished, is applied
 * provisionally, and its effects are undone when more text comes.
 */

import { begin, CONTINUES, isAmbiguous } from "./blocks.ts";
import type { CharacterReferences } from "./entities.ts";
import { addFencedTex, addFormulaLine } from "./formulas/block.ts";
import { markAt } from "./formulas/marks.ts";
import { UnclosedFormula } from "./formulas/unclosed.ts";
import { addCodeLine, type CodeBlock, type Growing, growingOf } from "./growing.ts";
import { addSummaryLine, takeEnd } from "./html/details.ts";
import { Line } from "./line.ts";
import { ParseSchedule } from "./parse-schedule.ts";
import { References, type Revisable } from "./references.ts";
import { type Open, Stack } from "./stack.ts";
import { MAX_HEAD_CHARS } from "./table.ts";
import type { Document } from "./tree.ts";

/** An unfinished line longer than this is not applied with every piece; see `ParseSchedule`. */
const LONG_LINE_CHARS = 1_024;

/**
 * Result of applying an unfinished line. "certain": its structure is known, and more text only extends it.
 * "provisional": it was applied, but more text may change its structure. "held": it was not applied, because
 * it may still become several kinds of block.
 */
type Outcome = "certain" | "provisional" | "held";

export class Markdown {
  readonly root: Document;
  /**
   * Paragraphs, headings and rows of tables that had ended and have changed all the same: a definition of one
   * of their links came later, or the end of the text changed the number of a footnote. The view makes them
   * again and empties this set.
   */
  readonly revised: Set<Revisable>;
  readonly #references: References;
  readonly #stack: Stack;
  readonly #unclosed: UnclosedFormula;
  /** The part of the unfinished line that has not yet been added to a leaf for good. */
  #rest = "";
  readonly #schedule = new ParseSchedule();
  /** The text or code to which the rest of the unfinished line belongs. */
  #growing: Growing | undefined;
  #ended = false;

  /**
   * Make a parser. With `extensions: false`, it knows only CommonMark. Without `named`, only numeric
   * character references are resolved.
   */
  constructor(options: { extensions?: boolean; named?: CharacterReferences } = {}) {
    this.#references = new References(options.extensions ?? true, options.named);
    this.#stack = new Stack(this.#references);
    this.#unclosed = new UnclosedFormula(this.#stack);
    this.root = this.#stack.root;
    this.revised = this.#references.revised;
  }

  /** The number of steps that parsing has taken so far. */
  get work(): number {
    return this.#references.work;
  }

  /** Parse more text. */
  push(text: string): void {
    if (this.#ended) throw new Error("push() was called after end(); make a new Markdown for another text.");
    const rest = this.#rest + text.replaceAll("\0", "\ufffd");
    if (this.#canWait(text, rest.length)) {
      this.#rest = rest;
      return;
    }
    this.#stack.rollback();
    let from = 0;
    for (const match of rest.matchAll(/\r\n|\n|\r(?!$)/g)) {
      this.#line(rest.slice(from, match.index));
      from = match.index + match[0].length;
    }
    this.#rest = rest.slice(from);
    // A long text is not parsed with a provisional line, so it is parsed before that line.
    if (from > 0) this.#refresh(true);
    this.#partial();
    this.#refresh();
    this.#references.revise();
  }

  /** Whether the new text only adds a little to a long unfinished line that was not applied for good. */
  #canWait(text: string, chars: number): boolean {
    if (this.#growing || this.#schedule.chars <= LONG_LINE_CHARS) return false;
    return !this.#schedule.isDue(chars) && !/[\r\n]/.test(text);
  }

  /** End the text. Text that was held back is shown, and everything becomes settled. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stack.rollback();
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "" || this.#growing) this.#line(rest.replace(/\r$/, ""));
    this.#takeBack(() => this.#unclosed.end());
    this.#stack.closeTo(1);
    this.root.settled = this.root.children.length;
    this.#references.end();
  }

  /** Parse a finished line. */
  #line(text: string): void {
    this.#takeBack(() => this.#unclosed.takeBack(text, false));
    this.#stack.line += 1;
    if (!this.#growing) this.#apply(text, false);
    else {
      this.#growing.extend(text);
      this.#growing.finish();
      this.#growing = undefined;
    }
    const { tip, open } = this.#stack;
    const endsDetails = takeEnd(this.#stack);
    if (tip.kind === "heading") this.#stack.closeTo(open.length - 1);
    else if (tip.kind === "paragraph") tip.leaf.defined(true);
    if (this.#references.extensions) this.#unclosed.note(text);
    if (endsDetails) this.#line("</details>");
  }

  /** Parse lines again that turned out to be no formula. */
  #takeBack(next: () => readonly string[] | undefined): void {
    const lines = next();
    if (!lines) return;
    this.#stack.isParsingAgain = true;
    for (const line of lines) this.#line(line);
    this.#stack.isParsingAgain = false;
  }

  #partial(): void {
    const end = /[\ud800-\udbff]?\r?$/.exec(this.#rest)?.index ?? this.#rest.length;
    const text = this.#rest.slice(0, end);
    // A carriage return may end the line, and so must not wait.
    this.#schedule.note(this.#rest.endsWith("\r") ? 0 : end);
    if (text === "") return;
    if (!this.#growing) {
      this.#takeBack(() => this.#unclosed.takeBack(text, true));
      this.#stack.begin();
      const outcome = this.#apply(text, true);
      if (outcome === "provisional") return;
      this.#stack.rollback();
      if (outcome === "held") return;
      this.#apply(text, true);
      this.#growing = growingOf(this.#stack.tip as Parameters<typeof growingOf>[0]);
      this.#growing.extend("");
    } else this.#growing.extend(text);
    this.#rest = this.#rest.slice(end);
  }

  #refresh(long = false): void {
    const { tip, journal } = this.#stack;
    if (!("leaf" in tip) || (long && !tip.leaf.isLong)) return;
    tip.leaf.refresh(!journal.provisional);
    if (tip.leaf.shown && !tip.leaf.mayVanish) this.#stack.markLoose(tip);
  }

  /**
   * Apply one line by the algorithm in the appendix of the specification: continue open blocks, begin new
   * blocks, and add the rest of the line as text.
   */
  #apply(text: string, partial: boolean): Outcome {
    const stack = this.#stack;
    const line = new Line(text);
    this.#references.work += 1 + text.length;
    for (stack.matched = 1; stack.matched < stack.open.length; stack.matched++) {
      const open = stack.open[stack.matched] as Open;
      const continues = CONTINUES[open.kind](open as never, line, partial);
      if (continues === "held") return "held";
      if (continues === "ends") {
        stack.closeTo(stack.matched);
        return "provisional";
      }
      if (!continues) break;
    }
    if (this.#unclosed.isInParagraph) return this.#continued(line);
    const { kind } = stack.container;
    if (kind === "fence" || kind === "indented" || kind === "formula" || kind === "summary") {
      if (partial && line.blank) return "held";
      return this.#content(stack.tip, line, partial);
    }
    return this.#begin(line, partial);
  }

  #begin(line: Line, partial: boolean): Outcome {
    const stack = this.#stack;
    const lazy = stack.tip.kind === "paragraph" ? stack.tip : undefined;
    let begun: ReturnType<typeof begin> = "parent";
    while (begun === "parent") {
      if (partial && isAmbiguous(line, stack)) return "held";
      begun = begin(line, stack);
    }
    const { tip } = stack;
    if (begun) return this.#begun(tip, line, partial);
    if (tip === lazy && !line.blank) {
      lazy.leaf.append(line.content(), stack.journal);
      stack.matched = stack.open.length;
    } else {
      stack.closeTo(stack.matched);
      if (stack.tip.kind === "table") return this.#content(stack.tip, line, partial);
      if (!line.blank) this.#paragraph(line);
    }
    stack.mark(line.blank);
    const mayChange =
      (line.char === "|" && line.text.length <= MAX_HEAD_CHARS) || markAt(line.text, line.next);
    return this.#references.extensions && mayChange ? "provisional" : "certain";
  }

  /** Add a line to the formula in a paragraph. */
  #continued(line: Line): Outcome {
    const { tip, journal } = this.#stack;
    if (tip.kind === "paragraph") tip.leaf.append(line.content(), journal);
    this.#stack.mark(false);
    return "provisional";
  }

  #begun(tip: Open, line: Line, partial: boolean): Outcome {
    if (tip.kind === "indented") return this.#content(tip, line, partial);
    this.#stack.mark(false);
    return tip.kind === "heading" ? "certain" : "provisional";
  }

  /** Begin a paragraph. The first paragraph of an item may begin with the checkbox of a task (GFM §5.3). */
  #paragraph(line: Line): void {
    const stack = this.#stack;
    const { container } = stack;
    const content = line.content();
    const box =
      container.kind === "item" && !container.last ? /^\[([ xX])\][ \t]+(?=\S)/.exec(content) : null;
    const task = box !== null && this.#references.extensions;
    if (task && container.kind === "item") stack.journal.set(container.node, "task", box[1] !== " ");
    stack.beginText(0, task ? content.slice(box[0].length) : content, !task);
  }

  /** Add a line to a block whose lines cannot begin other blocks: code, a formula or a table. */
  #content(tip: Open, line: Line, partial: boolean): Outcome {
    const { journal } = this.#stack;
    if (tip.kind === "table") tip.grid.row(line.content(), partial, journal);
    else if (tip.kind === "summary") addSummaryLine(tip, line, this.#stack);
    else if (tip.kind === "formula") addFormulaLine(tip, line, partial, this.#stack);
    else if (tip.kind === "fence" && tip.node.kind === "formula") addFencedTex(tip.node, line, journal);
    else if (tip.kind === "indented" && line.blank) journal.append(tip.blanks, line.rest());
    else addCodeLine(tip as CodeBlock, line, partial, journal);
    this.#stack.mark(line.blank);
    return tip.kind === "indented" || ("node" in tip && tip.node.kind === "code") ? "certain" : "provisional";
  }
}
