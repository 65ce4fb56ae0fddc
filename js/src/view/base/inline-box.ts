/** Boxes for the parts of a very long text, of which the browser lays out only the last when the text grows. */

import { element } from "./dom.ts";

/** How many inlines a box holds. Hardly any paragraph has more, so that the end of a box is seldom seen. */
const INLINES_PER_BOX = 512;

/**
 * A text longer than this is put into boxes. No paragraph and hardly any line of code is as long. Where its letters
 * run in both directions, the browser lays out a text without boxes anew as a whole, a hundred characters a millisecond.
 */
export const UNBOXED_CHARS = 8_000;

/** The most characters of a text in a box. */
export const BOX_CHARS = 4_000;

/** The inlines of an element, which stand in boxes if they are many or long. */
export class InlineBoxes {
  readonly #host: HTMLElement;
  /** The boxes of the inlines behind those in the host itself, each with the index of its first inline. */
  readonly #boxes: { readonly node: HTMLElement; readonly from: number }[] = [];
  /** The characters behind the start of the last box, once they are counted for an update. */
  #chars: number | undefined;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /**
   * Append the node of the inline of this index, if need be in a new box.
   *
   * @param lateChars The characters that the inlines before this index get only after it.
   */
  append(node: ChildNode, index: number, lateChars = 0): void {
    const last = this.#boxes.at(-1);
    let box = last?.node ?? this.#host;
    this.#chars ??= box.textContent.length + lateChars;
    const isFull = this.#chars > (last ? BOX_CHARS : UNBOXED_CHARS);
    if (isFull || index - (last?.from ?? 0) >= INLINES_PER_BOX) {
      box = this.#host.appendChild(createInlineBox());
      this.#boxes.push({ node: box, from: index });
      this.#chars = 0;
    }
    box.append(node);
    this.#chars += charsOf(node);
  }

  /** End an update, after which there are so many inlines: remove the boxes that are empty. */
  trim(count: number): void {
    this.#chars = undefined;
    while ((this.#boxes.at(-1)?.from ?? -1) >= count) this.#boxes.pop()?.node.remove();
  }
}

/** Count the characters of a node. Most are one text, of which no copy is made. */
function charsOf(node: Node): number {
  if (node instanceof Text) return node.length;
  const { firstChild, lastChild } = node;
  return firstChild && firstChild === lastChild ? charsOf(firstChild) : (node.textContent?.length ?? 0);
}

/** Cuts a text where a user sees a character end, so that an emoji of several parts and a letter with accents stay whole. */
const CHARACTERS = new Intl.Segmenter();

/** A longer character is cut. The longest emoji have about fifteen UTF-16 units, but any number of accents may follow. */
const MAX_CHARACTER_CHARS = 100;

/** Create a box. It stands in its line like a word, and is as wide as the line if it has several lines. */
export function createInlineBox(): HTMLElement {
  return element("span", "nbstream-inlines");
}

/**
 * Find where the character at this index of a text begins. At the end of the text this is its last character, which
 * more text may change.
 */
export function characterStart(text: string, index: number): number {
  const near = text.slice(0, index + 2);
  const start = CHARACTERS.segment(near).containing(Math.min(index, near.length - 1))?.index ?? 0;
  if (index - start <= MAX_CHARACTER_CHARS) return start;
  return /[\udc00-\udfff]/.test(near.charAt(index)) ? index - 1 : index;
}

/**
 * Find the end of the first box of a text that is too long for one. A box ends at white space, which stays outside,
 * and at the end of a line if there is one: behind shorter lines, there would be room for the next box beside it.
 */
function boxEnd(text: string): number {
  const start = text.slice(0, BOX_CHARS);
  const end = Math.max(0, start.lastIndexOf("\n")) || /^.+(?=\s)/s.exec(start)?.[0].length;
  return end ?? characterStart(text, BOX_CHARS);
}

/** Cut a long text into the texts of boxes, the white space between them, and a rest that is not long. */
export function cutIntoBoxes(text: string): {
  boxes: (readonly [text: string, space: string])[];
  rest: string;
} {
  const boxes: [string, string][] = [];
  let rest = text;
  while (rest.length > UNBOXED_CHARS) {
    const end = boxEnd(rest);
    const space = /^\s/.test(rest.slice(end)) ? 1 : 0;
    boxes.push([rest.slice(0, end), rest.slice(end, end + space)]);
    rest = rest.slice(end + space);
  }
  return { boxes, rest };
}
