/**
 * Citation marks: numbers of sources in an answer, after the words that the sources support.
 *
 * The positions of the marks are recorded while the answer grows. The marks are inserted only after the
 * answer has ended, because until then Markdown may still change the meaning of the text. They are not
 * written into the Markdown itself, because that would alter Claude's text.
 */

import type { Data } from "../../core/protocol.ts";
import { element } from "../base/dom.ts";
import { pointAt } from "../base/selection.ts";
import { asLine } from "../base/untrusted.ts";

/** Length of a mark's tail: the text just before the mark, by which its position is found again. */
const TAIL_CHARS = 24;

/**
 * The farthest that a tail may have moved since it was recorded. It moves when marks of emphasis disappear,
 * and when the host of a link is shown beside it.
 */
const MAX_SHIFT_CHARS = 256;

/** Elements in which a number would be read as part of the content. The number is put after them. */
const ATOMIC = "a, code, math, .nbstream-math, .nbstream-image";

interface MarkPosition {
  /** The index in the document's text at which the tail began when it was recorded. */
  readonly tailStart: number;
  readonly tail: string;
  readonly citations: readonly Data[];
}

export class CitationMarks {
  readonly #positions: MarkPosition[] = [];

  /** Record that the present text of `root` ends with words that these citations support. */
  add(root: Element, citations: readonly Data[]): void {
    const text = root.textContent.trimEnd();
    const tail = text.slice(-TAIL_CHARS);
    this.#positions.push({ tailStart: text.length - tail.length, tail, citations });
  }

  /** Insert the numbers into `root`. Its text must be complete. */
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
  // Inside a block of code, the numbers would be read as code, so they are left out.
  if (!(node instanceof Text) || !parent || parent.closest("pre")) return;
  const atomic = parent.closest(ATOMIC);
  if (atomic) atomic.after(...marks);
  else node.splitText(offset).before(...marks);
}
