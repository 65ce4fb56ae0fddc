/** What a block has got since it was painted last, in pieces for as long as there is time. */

import type { Block } from "../../core/transcript.ts";

type Source = Pick<Block, "parts" | "length">;

/** UTF-16 units of a piece; one costs some 2 ms as Markdown, and 40 on a page that is slowed down 20 times. */
export const PIECE_CHARS = 1_024;

export class TextFeed {
  readonly #block: Source;
  readonly #append: (text: string) => void;
  #part = 0;
  #offset = 0;
  #painted = 0;

  constructor(block: Source, append: (text: string) => void) {
    this.#block = block;
    this.#append = append;
  }

  /** One piece at least; gives how many units are left. */
  paint(until: number): number {
    while (this.#painted < this.#block.length) {
      const piece = this.#take();
      if (!piece) return 0;
      this.#painted += piece.length;
      this.#append(piece);
      if (performance.now() >= until) break;
    }
    return this.#block.length - this.#painted;
  }

  #take(): string {
    const { parts } = this.#block;
    let piece = "";
    while (piece.length < PIECE_CHARS && this.#part < parts.length) {
      const part = parts[this.#part] ?? "";
      const room = PIECE_CHARS - piece.length;
      if (part.length - this.#offset <= room) {
        piece += part.slice(this.#offset);
        this.#part += 1;
        this.#offset = 0;
        continue;
      }
      const end = this.#offset + room;
      const cut = isHighSurrogate(part.charCodeAt(end - 1)) ? end - 1 : end;
      piece += part.slice(this.#offset, cut);
      this.#offset = cut;
      break;
    }
    return piece;
  }
}

/** A text that is all there, in pieces. */
export function appendInPieces(text: string, append: (text: string) => void): void {
  new TextFeed({ parts: [text], length: text.length }, append).paint(Number.POSITIVE_INFINITY);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
