/**
 * Schedule of the parses of a long text that is unfinished.
 *
 * To parse such a text with every piece would cost the square of its length. So each new character pays for a few
 * characters to be parsed, and the text is parsed once that is enough for all of it. Some characters that were paid
 * for and not needed, because the pieces are large, are kept for later. In all, a text costs a fixed multiple of its
 * length.
 */

/**
 * At this rate a text is parsed each time it has grown by the cube root of two, which is about a quarter. So each
 * doubling costs three parses, wherever it begins.
 */
const PARSED_CHARS_PER_CHAR = 4.847;

const MAX_SPARE_CHARS = 4_096;

export class ParseSchedule {
  /** The length of the text when it was parsed last, without what was settled then. */
  chars = 0;
  #spareChars = 0;

  /** Whether a text of this length is to be parsed. One that has become shorter is another text. */
  isDue(chars: number): boolean {
    return chars < this.chars || this.#paidChars(chars) >= chars;
  }

  /** Note that a text of this length is parsed. */
  note(chars: number): void {
    this.#spareChars = Math.min(MAX_SPARE_CHARS, Math.max(0, this.#paidChars(chars) - chars));
    this.chars = chars;
  }

  #paidChars(chars: number): number {
    return this.#spareChars + PARSED_CHARS_PER_CHAR * (chars - this.chars);
  }
}
