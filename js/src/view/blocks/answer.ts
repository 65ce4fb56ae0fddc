/**
 * View of an answer: one Markdown document that is made of one or more text blocks.
 *
 * There are several blocks if citations cut the text, or if the reply was continued after its end.
 */

import type { Data } from "../../core/protocol.ts";
import { outputColumns } from "../../core/saved/output-columns.ts";
import type { Block } from "../../core/transcript.ts";
import { element, setAttribute } from "../base/dom.ts";
import { preserveSelection } from "../base/selection.ts";
import { TextFeed } from "../base/text-feed.ts";
import { asRecords } from "../base/untrusted.ts";
import { DETACHED, type RenderEnvironment } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";
import { CitationMarks } from "./citation-marks.ts";
import { type GrowingText, OutputText } from "./output-text.ts";

/**
 * The most characters that a block on the page parses ahead of the text that it shows. One update shows all of them.
 * With the layout, that takes up to 28 ms for short list items or table rows, and 4,096 characters would take 86 ms.
 */
const MAX_HELD_CHARS = 1_024;

/** The painted text of an ended answer that went on, while it is parsed again beside the page. */
interface Reopening {
  readonly root: HTMLElement;
  readonly text: GrowingText;
  readonly feed: TextFeed;
}

export class Answer {
  readonly element = element("div", "nbstream-text");
  readonly #environment: RenderEnvironment;
  readonly #blocks: Block[] = [];
  readonly #feeds: TextFeed[] = [];
  #text: GrowingText | undefined;
  #paintedChars = 0;
  #reopening: Reopening | undefined;
  readonly #citationMarks = new CitationMarks();
  /** How many blocks are closed and have had their citations recorded. */
  #recordedBlocks = 0;
  #hasCitationMarks = false;
  #hasEnded = false;
  #isAnnouncing = true;
  #isPreparing = false;

  constructor(environment: RenderEnvironment = DETACHED) {
    // The `Announcer` announces finished blocks. If this element were a live region, the answer would be read
    // out while it grows.
    setAttribute(this.element, "aria-live", "off");
    const announce = (text: string) => this.#isAnnouncing && environment.announce(text);
    this.#environment = { ...environment, announce };
  }

  /** Add the block that continues the text. */
  add(block: Block): void {
    this.#blocks.push(block);
    this.#text ??= this.#createText(this.element);
    this.#feeds.push(new TextFeed(block, (text) => this.#append(text)));
  }

  /**
   * Paint new text until the deadline. Return how many characters are left in the block that was being
   * painted then.
   */
  paint(_: unknown = undefined, deadlineMs = Number.POSITIVE_INFINITY): number {
    if (this.#hasEnded && this.#feeds.some((feed) => feed.remainingChars > 0)) {
      const remaining = this.#reopen(deadlineMs);
      if (remaining > 0) return remaining;
    }
    if (this.#isPreparing && this.#text instanceof MarkdownText) this.#text.show();
    this.#isPreparing = false;
    for (const [index, feed] of this.#feeds.entries()) {
      const remaining = feed.paint(deadlineMs);
      if (remaining > 0) return remaining;
      if (index === this.#recordedBlocks) this.#recordCitations(this.#blocks[index]);
    }
    return 0;
  }

  /**
   * Make the text that the next `paint` shows, without a change of the page, until the deadline. Return how many
   * characters are left in the last block; infinity if they cannot be made.
   */
  prepare(deadlineMs: number): number {
    const text = this.#text;
    const feed = this.#feeds.at(-1);
    const isMakeable = !this.#hasEnded && this.#recordedBlocks >= this.#feeds.length - 1;
    if (!feed || !isMakeable || !(text instanceof MarkdownText)) return Number.POSITIVE_INFINITY;
    this.#isPreparing = true;
    const hasTime = () => text.heldChars < MAX_HELD_CHARS && performance.now() < deadlineMs;
    while (feed.remainingChars > 0 && hasTime()) feed.paint(0);
    return feed.remainingChars + text.heldChars;
  }

  #recordCitations(block: Block | undefined): void {
    if (block?.closedAt === undefined) return;
    this.#recordedBlocks += 1;
    const citations = asRecords(block.data.citations);
    if (citations.length > 0) this.#citationMarks.add(this.#document, citations);
  }

  get #document(): Element {
    return this.element.firstElementChild as Element;
  }

  /** Mark the text as complete. If another block is added later, the whole text is parsed again. */
  end(): void {
    if (!this.#hasEnded) this.#text?.end();
    this.#hasEnded = true;
  }

  /** Insert the numbers of the sources into the text. The text must be complete. */
  showCitations(numberOf: (citation: Data) => number): void {
    if (!this.#hasCitationMarks) this.#citationMarks.insertMarks(this.#document, numberOf);
    this.#hasCitationMarks = true;
  }

  /** Create the view of the text: Markdown as Claude wrote it, or the values of structured output. */
  #createText(root: HTMLElement): GrowingText {
    const columns = outputColumns(this.#blocks[0]?.data ?? {});
    return columns
      ? new OutputText(root, this.#environment, columns)
      : new MarkdownText(root, this.#environment);
  }

  #append(text: string): void {
    if (this.#isPreparing && this.#text instanceof MarkdownText) this.#text.prepare(text);
    else this.#text?.append(text);
    this.#paintedChars += text.length;
  }

  /**
   * Parse the text again, as a text that has not ended, until the deadline. Ending the text may have changed
   * the meaning of its last line or fence. The ended text stays on the page until all of it is parsed again.
   *
   * @returns How many characters are left.
   */
  #reopen(deadlineMs: number): number {
    this.#reopening ??= this.#createReopening();
    const { root, text, feed } = this.#reopening;
    this.#isAnnouncing = false;
    const remaining = feed.paint(deadlineMs);
    this.#isAnnouncing = true;
    if (remaining > 0) return remaining;
    preserveSelection(this.element, () => this.element.replaceChildren(...root.childNodes));
    this.#text = text;
    this.#reopening = undefined;
    this.#hasEnded = false;
    this.#hasCitationMarks = false;
    return 0;
  }

  #createReopening(): Reopening {
    const root = element("div", "");
    const text = this.#createText(root);
    const parts = this.#blocks.flatMap((block) => block.parts);
    const feed = new TextFeed({ parts, length: this.#paintedChars }, (piece) => text.append(piece));
    return { root, text, feed };
  }
}
