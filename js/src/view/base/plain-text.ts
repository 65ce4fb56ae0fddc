/** Text that grows at its end, as it is. */

import { element } from "./dom.ts";

/** Characters after which a new line begins a new box: layout then costs what the last box costs. */
const BOX = 2_000;

export class PlainText {
  readonly #root: HTMLElement;
  #box: HTMLElement | undefined;
  readonly #make: (text: string) => readonly (Node | string)[];
  #length = 0;

  /** `make` gives the nodes of a piece. */
  constructor(root: HTMLElement, make: (text: string) => readonly (Node | string)[] = (text) => [text]) {
    this.#root = root;
    this.#make = make;
  }

  append(text: string): void {
    let rest = text;
    while (rest) {
      const cut =
        this.#length + rest.length > BOX ? rest.indexOf("\n", Math.max(0, BOX - this.#length)) + 1 : 0;
      const piece = cut > 0 ? rest.slice(0, cut) : rest;
      this.#write(piece);
      if (cut > 0) this.#box = undefined;
      rest = rest.slice(piece.length);
    }
  }

  #write(piece: string): void {
    if (!this.#box) {
      this.#box = this.#root.appendChild(element("div", "nbstream-plain"));
      this.#length = 0;
    }
    this.#box.append(...this.#make(piece));
    this.#length += piece.length;
  }
}
