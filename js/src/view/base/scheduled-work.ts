/** Changes of the page that wait for the next update, such as colours, formulas and late definitions. */

import { runGuarded } from "../../chat/guard.ts";

/**
 * Time that an update spends on scheduled work if its text has used up the time of both. The rest waits for the next
 * update.
 */
const LEAST_WORK_MS = 4;

/**
 * While a reply runs, work waits this long for an update with text: longer than from frame to frame. An update for
 * such work alone would make the text wait for the update after it.
 */
export const WORK_WAIT_MS = 150;

export class ScheduledWork {
  readonly #requestPaint: () => void;
  readonly #isReplyRunning: () => boolean;
  readonly #work: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param requestPaint Plans an update, which calls `run`. */
  constructor(requestPaint: () => void, isReplyRunning: () => boolean) {
    this.#requestPaint = requestPaint;
    this.#isReplyRunning = isReplyRunning;
  }

  add(work: () => void): void {
    if (this.#work.push(work) === 1) this.#plan();
  }

  /** Run the work until the deadline, and at least some of it. */
  run(deadlineMs: number): void {
    clearTimeout(this.#timer);
    const endMs = Math.max(deadlineMs, performance.now() + LEAST_WORK_MS);
    while (this.#work.length > 0 && performance.now() < endMs) runGuarded(this.#work.shift() ?? (() => {}));
    if (this.#work.length > 0) this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#isReplyRunning()) this.#timer = setTimeout(this.#requestPaint, WORK_WAIT_MS);
    else this.#requestPaint();
  }
}
