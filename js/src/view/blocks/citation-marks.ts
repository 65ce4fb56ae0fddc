/**
 * Numbers of sources in an answer, after the words that they support.
 *
 * The positions are recorded while the answer grows, and the numbers are inserted once it has ended. Until
 * then Markdown may still change the meaning of the text. Marks written into the Markdown itself would alter
 * Claude's text.
 */

import type { Data } from "../../core/protocol.ts";
import { element } from "../base/dom.ts";
import { pointAt } from "../base/selection.ts";
import { asLine } from "../base/untrusted.ts";

/** Characters before a mark by which its position is found again. */
const TAIL_CHARS = 24;

/** How far the tail may have moved, by marks of emphasis and by the host that is shown beside a link. */
const MAX_SHIFT_CHARS = 256;

/** Inside these a number would be read as part of the content, so it stands behind them. */
const ATOMIC = "a, code, math, .nbstream-math, .nbstream-image";

interface MarkPosition {
  /** Where the tail began when it was recorded, in characters of the document's text. */
  readonly tailStart: number;
  readonly tail: string;
  readonly citations: readonly Data[];
}

export class CitationMarks {
  readonly #positions: MarkPosition[] = [];

  /** Record that the text which `root` has now ends with words that these citations support. */
  add(root: Element, citations: readonly Data[]): void {
    const text = root.textContent.trimEnd();
    const tail = text.slice(-TAIL_CHARS);
    this.#positions.push({ tailStart: text.length - tail.length, tail, citations });
  }

  /** Insert the numbers into `root`, whose text does not change any more. */
  insertMarks(root: Element, numberOf: (citation: Data) => number): void {
    const text = root.textContent;
    for (const { tailStart, tail, citations } of this.#positions.toReversed()) {
      const found = findNear(text, tail, tailStart);
      if (found === undefined) continue;
      const titles = new Map(citations.map((citation) => [numberOf(citation), asLine(citation.title)]));
      const marks = [...titles].map(([number, title]) =>
        element("sup", "nbstream-cite", title ? { title } : {}, `[${number}]`),
      );
      insertAt(root, found + tail.length, marks);
    }
  }
}

/** Find the occurrence of `tail` that is nearest to `start`. */
function findNear(text: string, tail: string, start: number): number | undefined {
  if (!tail) return undefined;
  const [before, after] = [text.lastIndexOf(tail, start), text.indexOf(tail, start)];
  const nearest = after < 0 || (before >= 0 && start - before < after - start) ? before : after;
  return nearest >= 0 && Math.abs(nearest - start) <= MAX_SHIFT_CHARS ? nearest : undefined;
}

function insertAt(root: Element, chars: number, marks: readonly Element[]): void {
  const [node, offset] = pointAt(root, chars);
  const parent = node.parentElement;
  // In a block of code the numbers would be code.
  if (!(node instanceof Text) || !parent || parent.closest("pre")) return;
  const atomic = parent.closest(ATOMIC);
  if (atomic) atomic.after(...marks);
  else node.splitText(offset).before(...marks);
}
