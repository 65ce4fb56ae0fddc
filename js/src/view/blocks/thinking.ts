/** What the model thought before it answered: closed, and until it is opened or over, nothing but a line. */

import type { Block } from "../../core/transcript.ts";
import { element, setText } from "../base/dom.ts";
import { PlainText } from "../base/plain-text.ts";

export class Thinking {
  readonly element: HTMLDetailsElement;
  readonly #summary = element("summary", "");
  readonly #root = element("div", "nbstream-thinking-text", { dir: "auto" });
  readonly #text = new PlainText(this.#root);
  readonly #block: Block;
  #written = 0;

  constructor(block: Block) {
    this.#block = block;
    this.element = element("details", "nbstream-thinking", {}, this.#summary, this.#root);
    this.element.addEventListener("toggle", () => this.#write());
  }

  /** `elapsed` gives the seconds since a time of the kernel's. Nothing is ever left: text that is closed is cheap. */
  paint(elapsed: (at: number) => number): number {
    const { closedAt, openedAt } = this.#block;
    const over = closedAt !== undefined;
    const took = Math.max(1, Math.round(over ? closedAt - openedAt : elapsed(openedAt)));
    setText(this.#summary, over ? `Thought for ${took} s` : "Thinking…");
    // A model may keep its thoughts to itself: then there is nothing to open.
    this.element.classList.toggle("nbstream-silent", over && this.#block.length === 0);
    if (over || this.element.open) this.#write();
    return 0;
  }

  #write(): void {
    const { parts } = this.#block;
    if (this.#written === parts.length) return;
    this.#text.append(parts.slice(this.#written).join(""));
    this.#written = parts.length;
  }
}
