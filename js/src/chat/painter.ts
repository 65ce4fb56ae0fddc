/** When the page is brought up to date: at most ten times a second, and hardly ever where nobody looks. */

import { isRunning, lastReply, type Transcript } from "../core/transcript.ts";
import { guarded } from "./guard.ts";

/**
 * Milliseconds from update to update: the contract's ten a second, and room for what a screen's frames jitter. Less
 * than lies between the kernel's frames, or the page would fall behind them.
 */
const APART = 105;

/** A browser's frame. Waiting begins to listen for frames before the update is due, or it would miss the right one. */
const FRAME = 17;

/** A browser that gives no animation frame in this time (an occluded window, a frame out of sight) is not waited for. */
const FRAME_WITHIN = 1_000;

/**
 * Milliseconds of an update for the text of all views together; the rest comes with the next one. A view that comes
 * late has all of a conversation to paint.
 */
const SLICE = 30;

/** The same where the page falls behind the kernel: three quarters of its time, and the rest for its reader. */
const HURRY = 80;

/** Characters received and not painted that make a page fall behind; half a second of the fastest answers. */
const BEHIND = 4_096;

/** One output that shows the chat. */
export interface View {
  /** It is within the reader's sight, or near it. */
  readonly seen: boolean;
  /**
   * Bring the page up to the transcript, for about so many milliseconds; gives how much is left, in the log's
   * measure or a little more.
   */
  paint(transcript: Transcript, budget: number): number;
}

interface Options {
  readonly views: ReadonlySet<View>;
  readonly transcript: Transcript;
  /** Characters received and not painted. */
  readonly waiting: () => number;
  /** All stands on the page, but `left` of it. */
  readonly painted: (left: number) => void;
  /** Characters that are painted in one go where nobody looks. */
  readonly batch: number;
  readonly signal: AbortSignal;
}

export class Painter {
  readonly #options: Options;
  #paintedAt = -Number.POSITIVE_INFINITY;
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
    const { views, transcript, waiting, painted } = this.#options;
    const due = [...views].filter((view) => all || view.seen);
    const budget = (waiting() > BEHIND ? HURRY : SLICE) / due.length;
    let left = 0;
    for (const view of due) {
      guarded(() => {
        left = Math.max(left, view.paint(transcript, budget));
      });
    }
    painted(left);
    if (left > 0) this.request();
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
