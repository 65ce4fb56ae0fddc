/**
 * The page's end of the flow: which frames to apply, when to ask, when to acknowledge. Time is an argument, in
 * milliseconds. The kernel's end is `src/nbstream/core/outbox.py`.
 */

import { type Ack, type Resync, type Update, VERSION } from "./protocol.ts";

/** Characters a page holds unpainted at the most; the kernel's high mark, for frames sent at others' pace. */
export const HIGH = 32_768;

/** Below this, a page that dropped frames asks for what it dropped. */
export const LOW = HIGH / 2;

/** A question without an answer is asked again after this time. */
export const ASK_AGAIN = 1_000;

/**
 * Painted text is acknowledged when this many characters wait, when this time has passed, or in a pause of this
 * length. Not with every frame: an acknowledgement makes the kernel publish that it was busy and is idle again,
 * 1.5 kB to every page, twice what a frame costs.
 */
export const ACK_CHARACTERS = LOW;
export const ACK_WITHIN = 5_000;
export const ACK_IN_PAUSE = 1_500;

export type Say = Ack | Resync;

export class Inbox {
  /** The place up to which this page has everything. */
  at = 0;
  /** The place up to which it has painted. */
  painted = 0;
  views = 0;
  hidden = false;
  /** Questions in a row that were not answered. */
  asked = 0;

  readonly page: string;
  /** This page writes the notebook's file. */
  readonly saves: boolean;
  #acked = 0;
  #ackedAt = -Number.POSITIVE_INFINITY;
  #paintedAt = -Number.POSITIVE_INFINITY;
  #askedAt = -Number.POSITIVE_INFINITY;
  #behind = false;
  #full = false;
  #answer = false;
  // The kernel keeps an eye on pages that have greeted it, so a page greets until a frame bears its name.
  #known = false;

  constructor(page: string, saves = false) {
    this.page = page;
    this.saves = saves;
  }

  /** Whether to apply this frame's ops. `tick` says what to tell the kernel of it. */
  receive(frame: Update): boolean {
    if (frame.to != null && frame.to !== this.page) return false;
    if (frame.base > this.at) {
      this.#behind = true;
      return false;
    }
    if (frame.to === this.page) this.#known = true;
    if (frame.base < this.at) {
      // The kernel takes this page for further back than it is: what said so was lost, or overtaken.
      if (frame.seq > this.at) this.#behind = true;
      else if (frame.to === this.page) this.#answer = true;
      return false;
    }
    if (frame.seq - this.painted > HIGH) {
      this.#full = this.#behind = true;
      return false;
    }
    this.#behind = false;
    this.asked = 0;
    this.#answer = frame.seq === frame.base;
    this.at = frame.seq;
    return true;
  }

  /** What was received stands on the page, all but `left` of it. */
  paint(now: number, left = 0): void {
    const painted = Math.max(this.painted, this.at - left);
    if (this.painted < painted) this.#paintedAt = now;
    this.painted = painted;
  }

  /** How many views stand, and whether the reader looks at another tab; the kernel shall know at once. */
  present(views: number, hidden: boolean): void {
    this.views = views;
    this.hidden = hidden;
    this.#answer = true;
  }

  /** Ask at once for what follows: the connection was away. */
  greet(): void {
    this.#known = false;
    this.#askedAt = -Number.POSITIVE_INFINITY;
  }

  /** What is due by now. */
  tick(now: number): Say[] {
    const say: Say[] = [];
    if (this.#full && this.at - this.painted <= LOW) this.#full = false;
    if (this.#wanting() && now >= this.#askedAt + ASK_AGAIN) {
      this.#askedAt = now;
      this.asked += 1;
      this.#answer = false;
      say.push({ ...this.#presence(), kind: "resync", seq: this.at, ...(this.saves && { saves: true }) });
    }
    if (this.#answer || this.#unacked() >= ACK_CHARACTERS || now >= this.#ackAt()) {
      this.#acked = this.painted;
      this.#ackedAt = now;
      this.#answer = false;
      say.push({ ...this.#presence(), kind: "ack", seq: this.painted, received: this.at });
    }
    return say;
  }

  /** When `tick` has something to say, if nothing else happens. */
  dueAt(): number | undefined {
    const due = Math.min(
      this.#wanting() ? this.#askedAt + ASK_AGAIN : Number.POSITIVE_INFINITY,
      this.#ackAt(),
    );
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  #unacked(): number {
    return this.painted - this.#acked;
  }

  #ackAt(): number {
    if (this.#unacked() === 0) return Number.POSITIVE_INFINITY;
    return Math.min(Math.max(this.#ackedAt, 0) + ACK_WITHIN, this.#paintedAt + ACK_IN_PAUSE);
  }

  #wanting(): boolean {
    return (this.#behind || !this.#known) && !this.#full;
  }

  #presence() {
    return { v: VERSION, page: this.page, views: this.views, hidden: this.hidden } as const;
  }
}
