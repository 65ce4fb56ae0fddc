/** Boxes for very many inlines, so that the browser lays out only the last of them when the text grows. */

import { element } from "../base/dom.ts";

/** How many inlines a box holds. Hardly any paragraph has more, so that the end of a box is seldom seen. */
export const INLINES_PER_BOX = 512;

/** Create a box. It stands in its line like a word, and is as wide as the line if it has several lines. */
export function createInlineBox(): HTMLElement {
  return element("span", "nbstream-inlines");
}
