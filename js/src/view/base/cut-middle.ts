/** Text that is cut in its middle, because the names of files often differ only in their last part. */

/** How much stands after the cut: the last words of a name, with its suffix. */
const TAIL_CHARS = 20;

/** The longest name of a file in a chip. */
export const MAX_NAME_CHARS = 36;

/** Cut a text to at most this many characters, which must be more than the tail has. */
export function cutMiddle(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text.slice(0, maxChars - TAIL_CHARS - 1)}…${text.slice(-TAIL_CHARS)}`;
}
