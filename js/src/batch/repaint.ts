/** Scheduler of a view's updates: at most ten a second, and none while the view is out of sight. */

import { FRAME_MS, runLater, runOnFrame } from "../chat/frames.ts";
import { runGuarded } from "../chat/guard.ts";

/**
 * Least time between two updates. It keeps the promise of at most ten updates a second, with room for the jitter of
 * the screen's frames.
 */
const MIN_INTERVAL_MS = 105;

export class Repaint {
  readonly #paint: () => void;
  readonly #signal: AbortSignal;
  #isVisible = true;
  #isDue = false;
  #plan: AbortController | undefined;
  #paintedAt = Number.NEGATIVE_INFINITY;

  /** @param paint Brings the page up to date. */
  constructor(paint: () => void, signal: AbortSignal) {
    this.#paint = paint;
    this.#signal = signal;
    document.addEventListener("visibilitychange", () => this.#resume(), { signal });
    signal.addEventListener("abort", () => this.#plan?.abort());
  }

  /** Note whether the view is in the user's sight. What was missed is painted when it comes into sight. */
  set isVisible(isVisible: boolean) {
    this.#isVisible = isVisible;
    this.#resume();
  }

  /** Whether the user sees the view. */
  get isSeen(): boolean {
    return this.#isVisible && !document.hidden;
  }

  /** Plan an update, because something changed. */
  request(): void {
    this.#isDue = true;
    if (this.#plan || !this.isSeen || this.#signal.aborted) return;
    this.#plan = new AbortController();
    const plan = this.#plan.signal;
    const wait = this.#paintedAt + MIN_INTERVAL_MS - FRAME_MS - performance.now();
    runLater(() => runOnFrame(() => this.#onFrame(plan), plan), Math.max(0, wait), plan);
  }

  #resume(): void {
    if (this.#isDue) this.request();
  }

  #onFrame(plan: AbortSignal): void {
    const now = performance.now();
    if (this.isSeen && now < this.#paintedAt + MIN_INTERVAL_MS) {
      runOnFrame(() => this.#onFrame(plan), plan);
      return;
    }
    this.#plan = undefined;
    if (!this.isSeen) return;
    this.#isDue = false;
    this.#paintedAt = now;
    runGuarded(this.#paint);
  }
}
