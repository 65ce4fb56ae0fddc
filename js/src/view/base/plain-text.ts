/** Text on the page that is shown exactly as it is, and grows at its end. */

import { element } from "./dom.ts";
import { characterStart, createInlineBox, BOX_CHARS as PART_CHARS, UNBOXED_CHARS } from "./inline-box.ts";

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
  /** Where the end of the box is: the box itself, or the last part of its very long last line. */
  #part: HTMLElement | undefined;
  #partChars = 0;

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
      this.#part = this.#box;
      this.#partChars = 0;
    }
    this.#boxChars += piece.length;
    for (let rest = piece; rest; ) rest = rest.slice(this.#appendToPart(this.#box, rest));
  }

  /** Append the text, or as much as the part takes. A part ends behind white space if there is any in sight. */
  #appendToPart(box: HTMLElement, text: string): number {
    if (!this.#part) {
      this.#part = box.appendChild(createInlineBox());
      this.#partChars = 0;
    }
    const room = (this.#part === box ? UNBOXED_CHARS : PART_CHARS) - this.#partChars;
    const space = text.slice(Math.max(0, room)).search(/\s/);
    let end = space < 0 ? Math.min(text.length, room + PART_CHARS) : Math.max(0, room) + space + 1;
    const isLast = space >= 0 || end === room + PART_CHARS;
    if (isLast && space < 0) end = characterStart(text, end);
    this.#part.append(...this.#render(text.slice(0, end)));
    this.#partChars += end;
    if (isLast) this.#part = undefined;
    return end;
  }
}
