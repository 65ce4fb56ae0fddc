/**
 * Spread of the text of one frame over the time until the next frame. The kernel sends slow text in few frames,
 * because each costs far more than its text (`TEXT_INTERVAL_SECONDS` in `src/nbstream/core/outbox.py`). The page
 * shows such a frame piece by piece, so that the user sees text as often as if there were many frames. Time is
 * an argument, in milliseconds.
 */

import type { Op } from "./protocol.ts";

/** Time between two pieces. It is the kernel's least time between two frames (`FRAME_INTERVAL_SECONDS`). */
export const PIECE_INTERVAL_MS = 120;

/** A piece has at least this many characters, where there are so many. */
export const PIECE_CHARS = 25;

/** The most pieces of one frame. The kernel sends text at least every third of its intervals. */
const MAX_PIECES = 3;

/**
 * A frame with this much text comes when the page or the kernel was behind. It is shown at once, because a user does
 * not read so fast.
 */
const FAST_CHARS = 1_000;

/** After a pause of this length the next text is shown as it comes. */
const PAUSE_MS = 1_000;

export class TextSpread {
  #ops: Op[] = [];
  #heldChars = 0;
  #pieces = 1;
  #pieceChars = Number.POSITIVE_INFINITY;
  #textAt = Number.NEGATIVE_INFINITY;
  #releasedAt = Number.NEGATIVE_INFINITY;

  /** How much is held back, as the log counts: each op one, and each character one. */
  get heldChars(): number {
    return this.#heldChars;
  }

  /** Take the ops of a frame, and return the ops to apply now. */
  take(ops: readonly Op[], now: number): readonly Op[] {
    this.#ops.push(...ops);
    this.#heldChars += lengthOf(ops);
    if (ops.some(({ op }) => op === "text")) this.#measure(ops, now);
    return ops.every(mayWait) ? this.release(now) : this.releaseAll(now);
  }

  /** Return the ops that are due by now. */
  release(now: number): readonly Op[] {
    let chars = this.#pieceChars;
    if (now < this.#releasedAt + PIECE_INTERVAL_MS && Number.isFinite(chars)) return [];
    const due: Op[] = [];
    for (let op = this.#ops[0]; op && (op.op !== "text" || chars > 0); op = this.#ops[0]) {
      const end = op.op === "text" ? pieceEnd(op.text, chars) : 0;
      chars -= end;
      if (op.op === "text" && end < op.text.length) {
        due.push({ op: "text", text: op.text.slice(0, end) });
        this.#ops[0] = { op: "text", text: op.text.slice(end) };
      } else {
        due.push(op);
        this.#ops.shift();
      }
    }
    return this.#noteReleased(due, now);
  }

  /** Return everything that is held back. */
  releaseAll(now: number): readonly Op[] {
    return this.#noteReleased(this.#ops.splice(0), now);
  }

  /** The time at which `release` has the next ops; undefined if nothing is held back. */
  dueAt(): number | undefined {
    return this.#ops.length > 0 ? this.#releasedAt + PIECE_INTERVAL_MS : undefined;
  }

  /** Set the size of a piece by the time since the text before. Other ops come early, so they tell nothing. */
  #measure(ops: readonly Op[], now: number): void {
    const gap = now - this.#textAt;
    this.#textAt = now;
    if (gap > PAUSE_MS) this.#pieces = 1;
    else if (ops.every(({ op }) => op === "text"))
      this.#pieces = Math.min(MAX_PIECES, Math.round(gap / PIECE_INTERVAL_MS));
    this.#pieceChars =
      this.#pieces > 1 && this.#heldChars < FAST_CHARS
        ? Math.max(PIECE_CHARS, Math.ceil(this.#heldChars / this.#pieces))
        : Number.POSITIVE_INFINITY;
  }

  #noteReleased(ops: readonly Op[], now: number): readonly Op[] {
    if (ops.length > 0) this.#releasedAt = now;
    this.#heldChars -= lengthOf(ops);
    return ops;
  }
}

/** Whether an op may wait for the text before it. A stop, a failure and a tool's call are shown at once. */
function mayWait(op: Op): boolean {
  if (op.op === "reply") return op.status === "streaming" || op.status === "done";
  return op.op === "text" || op.op === "block" || op.op === "close";
}

function lengthOf(ops: readonly Op[]): number {
  return ops.reduce((sum, op) => sum + (op.op === "text" ? op.text.length : 1), 0);
}

/** Return the end of a piece. It never falls between the two halves of a character. */
function pieceEnd(text: string, chars: number): number {
  const code = text.charCodeAt(chars - 1);
  return Math.min(text.length, code >= 0xd800 && code < 0xdc00 ? chars + 1 : chars);
}
