/**
 * Numbers in an answer, after the words that lean on a source. Where they stand is noted while the answer grows and
 * they are put there once it has ended: what Markdown makes of a text may change until then, and nothing that is put
 * into the text itself would leave it what Claude wrote.
 */

import type { Data } from "../../core/protocol.ts";
import { element } from "../base/dom.ts";
import { pointAt } from "../base/selection.ts";
import { asLine } from "../base/untrusted.ts";

/** Characters before a place by which it is found again, and how far it may have moved: by marks of emphasis. */
const TAIL = 24;
const MOVED = 16;

/** Here a number would be read as a part of it; it stands behind. */
const WHOLE = "a, code, math, .nbstream-math, .nbstream-image";

interface Place {
  readonly at: number;
  readonly tail: string;
  readonly citations: readonly Data[];
}

export class CitationMarks {
  readonly #places: Place[] = [];

  /** What stands in `root` by now ends with words that lean on these. */
  add(root: Element, citations: readonly Data[]): void {
    const text = root.textContent.trimEnd();
    this.#places.push({ at: text.length, tail: text.slice(-TAIL), citations });
  }

  /** Nothing of it changes any more. */
  insertMarks(root: Element, numberOf: (citation: Data) => number): void {
    const text = root.textContent;
    for (const { at, tail, citations } of this.#places.toReversed()) {
      const found = find(text, tail, at - tail.length);
      if (found === undefined) continue;
      const named = new Map(citations.map((citation) => [numberOf(citation), asLine(citation.title)]));
      const marks = [...named].map(([number, title]) =>
        element("sup", "nbstream-cite", title ? { title } : {}, `[${number}]`),
      );
      insert(root, found + tail.length, marks);
    }
  }
}

function find(text: string, tail: string, at: number): number | undefined {
  if (!tail) return undefined;
  if (text.startsWith(tail, at)) return at;
  const found = text.lastIndexOf(tail, at + MOVED);
  return found >= 0 && found >= at - MOVED ? found : undefined;
}

function insert(root: Element, place: number, marks: readonly Element[]): void {
  const [node, offset] = pointAt(root, place);
  const around = node.parentElement;
  // In a block of code they would be code.
  if (!(node instanceof Text) || !around || around.closest("pre")) return;
  const whole = around.closest(WHOLE);
  if (whole) whole.after(...marks);
  else node.splitText(offset).before(...marks);
}
