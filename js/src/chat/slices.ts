/**
 * Slices of the page's time. The updates of all chats on the page share them, so that they never make one long
 * task together, and the browser handles the user's input between two of them.
 */

import { runGuarded } from "./guard.ts";

/** The length of a slice. Tasks up to 50 ms are not felt; the rest is left for the browser's own painting. */
export const SLICE_MS = 30;

/** Run a function after the browser has handled the input that is waiting. */
export type YieldToInput = (run: () => void) => void;

export function yieldToInput(run: () => void): void {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } };
  if (scheduler?.yield) {
    scheduler.yield().then(run);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}

interface Work {
  readonly run: () => void;
  readonly expectedMs: number;
}

export class Slices {
  readonly #yieldToInput: YieldToInput;
  #waiting: Work[] = [];
  /** The time that work has taken since the last yield. */
  #spentMs = 0;
  #isYielding = false;

  constructor(yield_: YieldToInput = yieldToInput) {
    this.#yieldToInput = yield_;
  }

  /**
   * Run work that is expected to take this long: now, if it fits into the slice that has begun, and otherwise in
   * a later slice. Work that is longer than a slice gets one of its own.
   */
  run(run: () => void, expectedMs: number): void {
    this.#waiting.push({ run, expectedMs });
    if (this.#waiting.length === 1) this.#runFitting();
  }

  #runFitting(): void {
    for (let [next] = this.#waiting; next && this.#fits(next); [next] = this.#waiting) {
      this.#waiting.shift();
      const began = performance.now();
      runGuarded(next.run);
      this.#spentMs += performance.now() - began;
      this.#endSliceAfterYield();
    }
  }

  #fits({ expectedMs }: Work): boolean {
    return !this.#isYielding || this.#spentMs + expectedMs <= SLICE_MS;
  }

  #endSliceAfterYield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    this.#yieldToInput(() => {
      this.#isYielding = false;
      this.#spentMs = 0;
      this.#runFitting();
    });
  }
}

/** The slices that all chats of the page share. */
export const PAGE_SLICES = new Slices();
