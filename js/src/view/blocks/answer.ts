/** Text blocks that are one Markdown document: cut by citations, or by an end that was none. */

import type { Data } from "../../core/protocol.ts";
import type { Block } from "../../core/transcript.ts";
import { element, setAttribute } from "../base/dom.ts";
import { preserveSelection } from "../base/selection.ts";
import { TextFeed } from "../base/text-feed.ts";
import { asRecords } from "../base/untrusted.ts";
import { DETACHED, type RenderEnvironment } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";
import { CitationMarks } from "./citation-marks.ts";

export class Answer {
  readonly element = element("div", "nbstream-text");
  readonly #surroundings: RenderEnvironment;
  readonly #blocks: Block[] = [];
  readonly #feeds: TextFeed[] = [];
  #text: MarkdownText;
  /** Characters that stand on the page. */
  #length = 0;
  readonly #citations = new CitationMarks();
  /** Blocks of which it is noted where they end. */
  #noted = 0;
  #cited = false;
  #ended = false;
  #aloud = true;

  constructor(surroundings: RenderEnvironment = DETACHED) {
    // Screen readers are told of its finished blocks elsewhere, so here it is not live.
    setAttribute(this.element, "aria-live", "off");
    this.#surroundings = { ...surroundings, announce: (text) => this.#aloud && surroundings.announce(text) };
    this.#text = new MarkdownText(this.element, this.#surroundings);
  }

  /** The text goes on with this block. */
  add(block: Block): void {
    this.#blocks.push(block);
    this.#feeds.push(new TextFeed(block, (more) => this.#append(more)));
  }

  /** Gives how much is left of the block that it stopped in when it was time. */
  paint(_: unknown = undefined, until = Number.POSITIVE_INFINITY): number {
    for (const [index, feed] of this.#feeds.entries()) {
      const left = feed.paint(until);
      if (left > 0) return left;
      if (index === this.#noted) this.#note(this.#blocks[index]);
    }
    return 0;
  }

  #note(block: Block | undefined): void {
    if (block?.closedAt === undefined) return;
    this.#noted += 1;
    const citations = asRecords(block.data.citations);
    if (citations.length > 0) this.#citations.add(this.#document, citations);
  }

  get #document(): Element {
    return this.element.firstElementChild as Element;
  }

  /** Nothing follows, as it seems. */
  end(): void {
    if (!this.#ended) this.#text.end();
    this.#ended = true;
  }

  /** Put the numbers of its sources where it leans on them; after its end. */
  showCitations(numberOf: (citation: Data) => number): void {
    if (!this.#cited) this.#citations.insertMarks(this.#document, numberOf);
    this.#cited = true;
  }

  #append(more: string): void {
    if (this.#ended) this.#reopen();
    this.#text.append(more);
    this.#length += more.length;
  }

  /** What was ended cannot go on, and an end may have made another thing of the last line or fence: parse it anew. */
  #reopen(): void {
    const text = this.#blocks.flatMap(({ parts }) => parts).join("");
    this.#ended = false;
    this.#cited = false;
    this.#aloud = false;
    preserveSelection(this.element, () => {
      this.element.replaceChildren();
      this.#text = new MarkdownText(this.element, this.#surroundings);
      this.#text.append(text.slice(0, this.#length));
    });
    this.#aloud = true;
  }
}
