/** Text blocks that are one Markdown document: cut by citations, or by an end that was none. */

import type { Block } from "../core/transcript.ts";
import { element, setAttribute } from "./dom.ts";
import { Feed } from "./feed.ts";
import { ALONE, type Surroundings } from "./markdown/document.ts";
import { MarkdownText } from "./markdown/markdown-text.ts";
import { keepSelection } from "./selection.ts";

export class Answer {
  readonly element = element("div", "nbstream-text");
  readonly #surroundings: Surroundings;
  readonly #blocks: Block[] = [];
  readonly #feeds: Feed[] = [];
  #text: MarkdownText;
  /** Characters that stand on the page. */
  #length = 0;
  #ended = false;
  #aloud = true;

  constructor(surroundings: Surroundings = ALONE) {
    // Screen readers are told of its finished blocks elsewhere, so here it is not live.
    setAttribute(this.element, "aria-live", "off");
    this.#surroundings = { ...surroundings, say: (text) => this.#aloud && surroundings.say(text) };
    this.#text = new MarkdownText(this.element, this.#surroundings);
  }

  /** The text goes on with this block. */
  add(block: Block): void {
    this.#blocks.push(block);
    this.#feeds.push(new Feed(block, (more) => this.#append(more)));
  }

  /** Gives how much is left of the block that it stopped in when it was time. */
  paint(_: unknown = undefined, until = Number.POSITIVE_INFINITY): number {
    for (const feed of this.#feeds) {
      const left = feed.paint(until);
      if (left > 0) return left;
    }
    return 0;
  }

  /** Nothing follows, as it seems. */
  end(): void {
    if (!this.#ended) this.#text.end();
    this.#ended = true;
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
    this.#aloud = false;
    keepSelection(this.element, () => {
      this.element.replaceChildren();
      this.#text = new MarkdownText(this.element, this.#surroundings);
      this.#text.append(text.slice(0, this.#length));
    });
    this.#aloud = true;
  }
}
