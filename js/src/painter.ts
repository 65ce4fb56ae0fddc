/** When the page is brought up to date: at most ten times a second, and hardly ever where nobody looks. */

import type { View } from "./connection.ts";
import { isRunning, lastReply, type Transcript } from "./core/transcript.ts";

/**
 * Milliseconds from update to update: the contract's ten a second, and room for what a screen's frames jitter. Less
 * than lies between the kernel's frames, or the page would fall behind them.
 */
const APART = 105;

/** A browser's frame. Waiting begins to listen for frames before the update is due, or it would miss the right one. */
const FRAME = 17;

/** A browser that gives no animation frame in this time (an occluded window, a frame out of sight) is not waited for. */
const FRAME_WITHIN = 1_000;

interface Options {
  readonly views: ReadonlySet<View>;
  readonly transcript: Transcript;
  /** Characters received and not painted. */
  readonly waiting: () => number;
  /** Everything stands on the page. */
  readonly painted: () => void;
  /** Characters that are painted in one go where nobody looks. */
  readonly batch: number;
  readonly signal: AbortSignal;
}

export class Painter {
  readonly #options: Options;
  #paintedAt = Number.NEGATIVE_INFINITY;
  #planned: AbortController | undefined;
  #plannedForReader = false;

  constructor(options: Options) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#planned?.abort());
  }

  /** Something changed; paint when it is time. */
  request(): void {
    const { signal, views } = this.#options;
    if (signal.aborted || views.size === 0) return;
    const watched = this.#watched();
    if (this.#planned && (this.#plannedForReader || !watched)) return;
    if (!watched && !this.#worthwhile()) return;
    this.#planned?.abort();
    this.#planned = new AbortController();
    this.#plannedForReader = watched;
    const plan = this.#planned.signal;
    const wait = this.#paintedAt + APART - performance.now() - (watched ? FRAME : 0);
    const go = () => (watched ? this.#onDueFrame(plan) : this.#paint());
    if (watched && wait <= 0) go();
    else later(go, Math.max(0, wait), plan);
  }

  #onDueFrame(plan: AbortSignal): void {
    onFrame(
      () => (performance.now() < this.#paintedAt + APART ? this.#onDueFrame(plan) : this.#paint()),
      plan,
    );
  }

  #watched(): boolean {
    return !document.hidden && [...this.#options.views].some((view) => view.seen);
  }

  /** Out of sight, text is painted in large batches, and the end at once: found by search, right when printed. */
  #worthwhile(): boolean {
    const { transcript, waiting, batch } = this.#options;
    return waiting() >= batch || !isRunning(lastReply(transcript)?.reply);
  }

  #paint(): void {
    this.#planned = undefined;
    this.#paintedAt = performance.now();
    const all = !this.#watched() || this.#worthwhile();
    for (const view of this.#options.views) if (all || view.seen) view.paint(this.#options.transcript);
    this.#options.painted();
  }
}

function later(run: () => void, wait: number, signal: AbortSignal): void {
  const timer = setTimeout(run, wait);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function onFrame(run: () => void, signal: AbortSignal): void {
  const frame = requestAnimationFrame(go);
  const timer = setTimeout(go, FRAME_WITHIN);
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  function go() {
    cancel();
    run();
  }
  signal.addEventListener("abort", cancel);
}
