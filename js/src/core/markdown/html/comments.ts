/** Comments of HTML, which show nothing. One that does not end in its paragraph is text, so that it hides no more. */

import { closerFrom, MAX_DISPLAY_CHARS } from "../formulas/marks.ts";
import type { Scanner } from "../scanner.ts";
import type { Block } from "../tree.ts";

const OPENER = "<!--";
export const COMMENT_END = "-->";

/** Return the index behind the comment at this index: -1 if it does not end, undefined if there is none. */
export function commentEnd(text: string, at: number): number | undefined {
  if (!text.startsWith(OPENER, at)) return undefined;
  // `<!-->` is a whole comment.
  const close = closerFrom(text, COMMENT_END, at + 2);
  return close < 0 ? -1 : close + COMMENT_END.length;
}

/** Leave a comment out. */
export function comment(
  scanner: Scanner,
  find: (scanner: Scanner, closer: string, from: number) => number,
): boolean {
  const { text, at, open } = scanner;
  if (!text.startsWith(OPENER, at)) return false;
  const close = find(scanner, COMMENT_END, at + 2);
  const end = close < 0 ? text.length : close + COMMENT_END.length;
  if ((close < 0 && !open) || end - at > MAX_DISPLAY_CHARS) return false;
  if (close < 0) scanner.pending = true;
  scanner.take(at, end);
  return true;
}

/** Whether a paragraph shows nothing, because it holds comments alone. */
export function isUnseen(block: Block): boolean {
  if (block.kind !== "paragraph") return false;
  return block.inlines.every((inline) => inline.kind === "text" && /^[ \t\n]*$/.test(inline.text));
}
