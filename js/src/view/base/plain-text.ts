/** Text on the page that is shown exactly as it is, and grows at its end. */

import { element } from "./dom.ts";

/**
 * The text is put into boxes. A box that has reached this length ends at its next line break. When the text
 * grows, the browser lays out only the last box.
 */
const BOX_CHARS = 2_000;

export class PlainText {
  readonly #root: HTMLElement;
  #box: HTMLElement | undefined;
  readonly #render: (text: string) => readonly (Node | string)[];
  #boxChars = 0;

  /** @param render Makes the nodes of a piece of text. By default, a piece becomes one text node. */
  constructor(root: HTMLElement, render: (text: string) => readonly (Node | string)[] = (text) => [text]) {
    this.#root = root;
    this.#render = render;
  }

  append(text: string): void {
    let rest = text;
    while (rest) {
      const isFull = this.#boxChars + rest.length > BOX_CHARS;
      const cut = isFull ? rest.indexOf("\n", Math.max(0, BOX_CHARS - this.#boxChars)) + 1 : 0;
      const piece = cut > 0 ? rest.slice(0, cut) : rest;
      this.#appendToBox(piece);
      if (cut > 0) this.#box = undefined;
      rest = rest.slice(piece.length);
    }
  }

  #appendToBox(piece: string): void {
    if (!this.#box) {
      this.#box = this.#root.appendChild(element("div", "nbstream-plain"));
      this.#boxChars = 0;
    }
    this.#box.append(...this.#render(piece));
    this.#boxChars += piece.length;
  }
}
