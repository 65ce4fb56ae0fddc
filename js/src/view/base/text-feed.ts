/** Feed of a block's unpainted text. It hands the text out in pieces for as long as there is time. */

import type { Block } from "../../core/transcript.ts";

type TextSource = Pick<Block, "parts" | "length">;

/**
 * Length of a piece, in UTF-16 units. To paint a piece as Markdown takes about 2 ms, and 40 ms on a page that
 * is slowed down 20 times.
 */
export const PIECE_CHARS = 1_024;

export class TextFeed {
  readonly #source: TextSource;
  readonly #append: (text: string) => void;
  #partIndex = 0;
  #offsetInPart = 0;
  #paintedChars = 0;

  /** @param append Receives each piece once, in order. */
  constructor(source: TextSource, append: (text: string) => void) {
    this.#source = source;
    this.#append = append;
  }

  /** How many UTF-16 units are left. */
  get remainingChars(): number {
    return this.#source.length - this.#paintedChars;
  }

  /**
   * Hand out pieces until the deadline has passed, and at least one piece.
   *
   * @param deadlineMs A time of `performance.now()`.
   * @returns How many UTF-16 units are left.
   */
  paint(deadlineMs: number): number {
    while (this.remainingChars > 0) {
      const piece = this.#nextPiece();
      if (!piece) return 0;
      this.#paintedChars += piece.length;
      this.#append(piece);
      if (performance.now() >= deadlineMs) break;
    }
    return this.remainingChars;
  }

  #nextPiece(): string {
    const { parts } = this.#source;
    let piece = "";
    const limit = Math.min(PIECE_CHARS, this.remainingChars);
    while (piece.length < limit && this.#partIndex < parts.length) {
      const part = parts[this.#partIndex] ?? "";
      const room = limit - piece.length;
      if (part.length - this.#offsetInPart <= room) {
        piece += part.slice(this.#offsetInPart);
        this.#partIndex += 1;
        this.#offsetInPart = 0;
        continue;
      }
      const end = this.#offsetInPart + room;
      const cut = isHighSurrogate(part.charCodeAt(end - 1)) ? end - 1 : end;
      piece += part.slice(this.#offsetInPart, cut);
      this.#offsetInPart = cut;
      break;
    }
    return piece;
  }
}

/** Hand out a complete text in pieces, without a deadline. */
export function appendInPieces(text: string, append: (text: string) => void): void {
  new TextFeed({ parts: [text], length: text.length }, append).paint(Number.POSITIVE_INFINITY);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
