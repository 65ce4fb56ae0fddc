/**
 * The page's end of the flow control: which frames to apply, and when to send an acknowledgement or a resync.
 * Time is an argument, in milliseconds. The kernel's end is `src/nbstream/core/outbox.py`.
 */

import { type Ack, type Resync, type Update, VERSION } from "./protocol.ts";

/**
 * The most characters that a page holds unpainted. The kernel's high mark has the same value. The page needs
 * its own limit, because the kernel may send frames at the pace of another, faster page.
 */
export const HIGH_MARK_CHARS = 32_768;

/** A page that dropped frames sends a resync once it holds no more unpainted characters than this. */
export const LOW_MARK_CHARS = HIGH_MARK_CHARS / 2;

/** A resync that brought no frame is sent again after this time. */
export const RESYNC_RETRY_MS = 1_000;

/**
 * Painted text is acknowledged when this many characters are unacknowledged, when `MAX_ACK_DELAY_MS` has
 * passed, or when nothing was painted for `ACK_PAUSE_MS`. It is not acknowledged with every frame, because an
 * acknowledgement makes the kernel publish that it was busy and is idle again: 1.5 kB to every page, twice
 * the cost of a frame.
 */
export const ACK_CHARS = LOW_MARK_CHARS;
export const MAX_ACK_DELAY_MS = 8_000;
export const ACK_PAUSE_MS = 1_500;

/**
 * A frame this large comes only from a kernel that has more text than the page may get, so that it waits for the
 * acknowledgement. Once all that was received is painted, it is acknowledged at once. Other frames come every 120 ms,
 * and would be as large at more than 8,000 tokens a second.
 */
export const LARGE_FRAME_CHARS = 4_096;

export type Outgoing = Ack | Resync;

export class Inbox {
  /** The position up to which this page has everything. */
  received = 0;
  /** The position up to which this page has painted, or made everything for its next update. */
  painted = 0;
  views = 0;
  isHidden = false;
  /** How many resyncs were sent in a row without an answer. */
  resyncAttempts = 0;
  #lastAck: Ack | undefined;
  #isLastAckRepeated = false;

  readonly page: string;
  /** Whether this page writes the notebook's file. */
  readonly saves: boolean;
  #acked = 0;
  #ackedAt = -Number.POSITIVE_INFINITY;
  #paintedAt = -Number.POSITIVE_INFINITY;
  #resyncedAt = -Number.POSITIVE_INFINITY;
  #isBehind = false;
  #isFull = false;
  #isAckDue = false;
  #isFrameLarge = false;
  // The kernel keeps track only of pages that it knows. This page therefore repeats its resync until the
  // kernel addresses a frame to it.
  #isKnown = false;

  constructor(page: string, saves = false) {
    this.page = page;
    this.saves = saves;
  }

  /** Take a frame. Return true if its ops are to be applied. `tick` then returns the answers to it. */
  receive(frame: Update): boolean {
    if (frame.to != null && frame.to !== this.page) return false;
    if (frame.base > this.received) {
      this.#isBehind = true;
      return false;
    }
    if (frame.to === this.page) {
      this.#isKnown = true;
      this.resyncAttempts = 0;
    }
    if (frame.base < this.received) {
      // The frame begins before this page's position. The kernel does not know that position yet, because
      // the page's own frame was lost or is still on its way.
      if (frame.seq > this.received) this.#isBehind = true;
      else if (frame.to === this.page) this.#isAckDue = true;
      return false;
    }
    if (frame.seq - this.painted > HIGH_MARK_CHARS) {
      this.#isFull = this.#isBehind = true;
      return false;
    }
    this.#isBehind = false;
    // The answer to the first resync is no probe: the kernel knows this page's position from the resync.
    this.#isAckDue = frame.seq === frame.base && !(frame.via && !this.#lastAck);
    this.#isFrameLarge = frame.seq - frame.base >= LARGE_FRAME_CHARS;
    this.received = frame.seq;
    return true;
  }

  /** Note that all received text is on the page or ready for its next update, except for `left` characters of it. */
  markPainted(now: number, left = 0): void {
    const painted = Math.max(this.painted, this.received - left);
    if (this.painted < painted) this.#paintedAt = now;
    this.painted = painted;
  }

  /** Note how many views there are and whether the tab is hidden, and let `tick` send an acknowledgement. */
  setPresence(views: number, isHidden = false): void {
    this.views = views;
    this.isHidden = isHidden;
    this.#isAckDue = true;
  }

  /** Let the next `tick` send a resync, because the connection was lost for a while. */
  requestResync(): void {
    this.#isKnown = false;
    this.#resyncedAt = -Number.POSITIVE_INFINITY;
  }

  /** Return the frames that are due by now. */
  tick(now: number): Outgoing[] {
    const frames: Outgoing[] = [];
    if (this.#isFull && this.received - this.painted <= LOW_MARK_CHARS) this.#isFull = false;
    if (this.#needsResync() && now >= this.#resyncedAt + RESYNC_RETRY_MS) {
      this.#resyncedAt = now;
      this.resyncAttempts += 1;
      this.#isAckDue = false;
      if (!this.#lastAck) this.#ackedAt = now;
      frames.push({
        ...this.#presence(),
        kind: "resync",
        seq: this.received,
        ...(this.saves && { saves: true }),
      });
    }
    const ackChars = this.#isFrameLarge && this.painted === this.received ? 1 : ACK_CHARS;
    if (this.#isAckDue || this.#unackedChars() >= ackChars || now >= this.#ackDueAt()) {
      this.#acked = this.painted;
      this.#ackedAt = now;
      this.#isAckDue = false;
      frames.push(this.#newAck());
    }
    return frames;
  }

  /** Whether a frame of the latest `tick` repeats one that the kernel may not have received. */
  isRepeat(frame: Outgoing): boolean {
    return frame.kind === "resync" ? this.resyncAttempts > 1 : this.#isLastAckRepeated;
  }

  /** The time at which `tick` must be called next, if nothing else happens before. */
  dueAt(): number | undefined {
    const due = Math.min(
      this.#needsResync() ? this.#resyncedAt + RESYNC_RETRY_MS : Number.POSITIVE_INFINITY,
      this.#ackDueAt(),
    );
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  #unackedChars(): number {
    return this.painted - this.#acked;
  }

  #ackDueAt(): number {
    if (this.#unackedChars() === 0) return Number.POSITIVE_INFINITY;
    return Math.min(Math.max(this.#ackedAt, 0) + MAX_ACK_DELAY_MS, this.#paintedAt + ACK_PAUSE_MS);
  }

  #needsResync(): boolean {
    return (this.#isBehind || !this.#isKnown) && !this.#isFull;
  }

  /** Make an acknowledgement. One that says nothing new repeats the one before. */
  #newAck(): Ack {
    const ack: Ack = { ...this.#presence(), kind: "ack", seq: this.painted, received: this.received };
    const { seq, received, views, hidden } = this.#lastAck ?? {};
    this.#isLastAckRepeated =
      seq === ack.seq && received === ack.received && views === ack.views && hidden === ack.hidden;
    this.#lastAck = ack;
    return ack;
  }

  #presence() {
    return {
      v: VERSION,
      page: this.page,
      views: this.views,
      ...(this.isHidden && { hidden: true }),
    } as const;
  }
}
