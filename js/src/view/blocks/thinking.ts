/** The model's thinking before its answer: closed at first, and one line until it is opened or over. */

import type { Block } from "../../core/transcript.ts";
import { element, setText } from "../base/dom.ts";
import { PlainText } from "../base/plain-text.ts";

export class Thinking {
  readonly element: HTMLDetailsElement;
  readonly #summary = element("summary", "");
  readonly #root = element("div", "nbstream-thinking-text", { dir: "auto" });
  readonly #text = new PlainText(this.#root);
  readonly #block: Block;
  #paintedParts = 0;

  constructor(block: Block) {
    this.#block = block;
    this.element = element("details", "nbstream-thinking", {}, this.#summary, this.#root);
    this.element.addEventListener("toggle", () => this.#paintText());
  }

  /**
   * Update the summary, and the text where it is needed. Nothing is ever left, because closed text is cheap.
   *
   * @param secondsSince Returns the seconds since a time of the kernel's clock.
   */
  paint(secondsSince: (at: number) => number): number {
    const { closedAt, openedAt } = this.#block;
    const isOver = closedAt !== undefined;
    const seconds = Math.max(1, Math.round(isOver ? closedAt - openedAt : secondsSince(openedAt)));
    setText(this.#summary, isOver ? `Thought for ${seconds} s` : "Thinking…");
    // A model may keep its thoughts to itself; then there is nothing to open.
    this.element.classList.toggle("nbstream-silent", isOver && this.#block.length === 0);
    if (isOver || this.element.open) this.#paintText();
    return 0;
  }

  #paintText(): void {
    const { parts } = this.#block;
    if (this.#paintedParts === parts.length) return;
    this.#text.append(parts.slice(this.#paintedParts).join(""));
    this.#paintedParts = parts.length;
  }
}
