/**
 * View of the model's thinking before its answer. It is closed at first. While the model thinks, only its
 * one-line summary is updated, unless the user opens it.
 */

import { BLOCK_TEXT } from "../../core/page-text.ts";
import type { Block } from "../../core/transcript.ts";
import { capped } from "../base/capped.ts";
import { element, setText } from "../base/dom.ts";
import { PlainText } from "../base/plain-text.ts";
import { TextDirection } from "../markdown/direction.ts";

export class Thinking {
  readonly element: HTMLDetailsElement;
  readonly #label = element("bdi", "");
  readonly #root = element("div", "nbstream-thinking-text");
  readonly #text = new PlainText(this.#root);
  readonly #direction = new TextDirection(this.#root);
  readonly #block: Block;
  #paintedParts = 0;

  constructor(block: Block) {
    this.#block = block;
    this.element = element(
      "details",
      "nbstream-thinking",
      {},
      element("summary", "", {}, this.#label),
      capped(this.#root, BLOCK_TEXT.thinkingName),
    );
    this.element.addEventListener("toggle", () => this.#paintText());
  }

  /**
   * Update the summary, and the text if it is open or complete. Return 0, because all of it is painted at
   * once: text in a closed element is cheap to paint.
   *
   * @param secondsSince Returns the seconds since a time of the kernel's clock.
   */
  paint(secondsSince: (at: number) => number): number {
    const { closedAt, openedAt } = this.#block;
    const isOver = closedAt !== undefined;
    const seconds = Math.max(1, Math.round(isOver ? closedAt - openedAt : secondsSince(openedAt)));
    setText(this.#label, isOver ? BLOCK_TEXT.thought(seconds) : BLOCK_TEXT.thinking);
    // Some models do not send their thinking. There is then nothing to open.
    this.element.classList.toggle("nbstream-silent", isOver && this.#block.length === 0);
    if (isOver || this.element.open) this.#paintText();
    return 0;
  }

  #paintText(): void {
    const { parts } = this.#block;
    if (this.#paintedParts === parts.length) return;
    const text = parts.slice(this.#paintedParts).join("");
    this.#text.append(text);
    this.#direction.append(text);
    this.#paintedParts = parts.length;
  }
}

/** Create the view of thinking that is encrypted. */
export function createEncrypted(): { readonly element: HTMLElement; paint(): number } {
  return { element: element("p", "nbstream-note", {}, BLOCK_TEXT.encrypted), paint: () => 0 };
}
