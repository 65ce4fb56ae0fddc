/** Text blocks that are one Markdown document: cut by citations, or by an end that was none. */

import type { Block } from "../core/transcript.ts";
import { element, setAttribute } from "./dom.ts";
import { ALONE, type Surroundings } from "./markdown/document.ts";
import { MarkdownText } from "./markdown/markdown-text.ts";
import { keepSelection } from "./selection.ts";

export class Answer {
  readonly element = element("div", "nbstream-text");
  readonly #surroundings: Surroundings;
  readonly #blocks: Block[] = [];
  #text: MarkdownText;
  /** Where painting stopped: so many parts of this block. */
  #at = 0;
  #painted = 0;
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
  }

  paint(): void {
    const [at, painted] = [this.#at, this.#painted];
    const more = this.#more();
    if (!more) return;
    if (this.#ended) this.#reopen(this.#until(at, painted));
    this.#text.append(more);
  }

  /** Nothing follows, as it seems. */
  end(): void {
    if (!this.#ended) this.#text.end();
    this.#ended = true;
  }

  #more(): string {
    let more = "";
    for (;;) {
      const { parts } = this.#blocks[this.#at] as Block;
      more += parts.slice(this.#painted).join("");
      this.#painted = parts.length;
      if (this.#at === this.#blocks.length - 1) return more;
      this.#at += 1;
      this.#painted = 0;
    }
  }

  #until(at: number, painted: number): string {
    const before = this.#blocks.slice(0, at).flatMap(({ parts }) => parts);
    return [...before, ...(this.#blocks[at]?.parts.slice(0, painted) ?? [])].join("");
  }

  /** What was ended cannot go on, and an end may have made another thing of the last line or fence: parse it anew. */
  #reopen(text: string): void {
    this.#ended = false;
    this.#aloud = false;
    keepSelection(this.element, () => {
      this.element.replaceChildren();
      this.#text = new MarkdownText(this.element, this.#surroundings);
      this.#text.append(text);
    });
    this.#aloud = true;
  }
}
