/**
 * Writing direction of a block: that of its first letter, as with `dir="auto"` but for direction marks.
 *
 * It is found here once. With `dir="auto"`, a browser looks for the letter again whenever the block grows, so
 * that a long block costs the square of its length.
 */

import type { Inline } from "../../core/markdown/tree.ts";
import { setAttribute } from "../base/dom.ts";

const LETTER = /[\p{L}\p{Nl}\p{Mc}]/u;
const DIRECTION_MARK = /[\u200e\u200f\u061c]/;
const DIRECTION_MARKS = new RegExp(DIRECTION_MARK, "g");
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Find the direction of a text; undefined if the text has no letter. A direction mark before the first letter
 * counts in a text with letters from right to left. Elsewhere it could only turn the text round.
 */
export function directionOf(text: string): "ltr" | "rtl" | undefined {
  const letter = LETTER.exec(text);
  if (!letter) return undefined;
  const mark = DIRECTION_MARK.exec(text);
  if (mark && mark.index < letter.index && RIGHT_TO_LEFT.test(text.replace(DIRECTION_MARKS, "")))
    return mark[0] === "\u200e" ? "ltr" : "rtl";
  return RIGHT_TO_LEFT.test(letter[0]) ? "rtl" : "ltr";
}

/** Links, images, formulas and notes are isolated from the text around them, and do not count. */
function directionIn(inlines: readonly Inline[]): ReturnType<typeof directionOf> {
  for (const inline of inlines) {
    let found: ReturnType<typeof directionOf>;
    if (inline.kind === "text" || inline.kind === "code") found = directionOf(inline.text);
    else if ("children" in inline && inline.kind !== "link") found = directionIn(inline.children);
    if (found) return found;
  }
  return undefined;
}

export class Direction {
  readonly #element: Element;
  #isFound = false;
  #searchedCount = 0;

  constructor(element: Element) {
    this.#element = element;
    setAttribute(element, "dir", "ltr");
  }

  /** Search these inlines, of which the first `settled` are final. With `isFinal`, all of them are. */
  sync(inlines: readonly Inline[], settled: number, isFinal: boolean): void {
    if (this.#isFound && !isFinal) return;
    const found = directionIn(isFinal ? inlines : inlines.slice(this.#searchedCount));
    this.#searchedCount = settled;
    this.#isFound = found !== undefined;
    if (found || isFinal) setAttribute(this.#element, "dir", found ?? "ltr");
  }
}

/** Direction of an element whose plain text grows. */
export class TextDirection {
  readonly #element: Element;
  #isFound = false;

  constructor(element: Element) {
    this.#element = element;
    setAttribute(element, "dir", "ltr");
  }

  append(text: string): void {
    if (this.#isFound) return;
    const found = directionOf(text);
    this.#isFound = found !== undefined;
    if (found) setAttribute(this.#element, "dir", found);
  }
}
