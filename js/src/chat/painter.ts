/** Scheduler of the page's updates: at most ten a second, and few for a view that is out of sight. */

import { isRunning, lastReply, type Transcript } from "../core/transcript.ts";
import { runGuarded } from "./guard.ts";

/**
 * Time from update to update: the contract's ten a second, with room for the jitter of a screen's frames. It
 * is shorter than the time between the kernel's frames (120 ms), or the page would fall behind them.
 */
const MIN_INTERVAL_MS = 105;

/**
 * A browser's frame. The wait for animation frames begins this long before an update is due, to catch the
 * right one.
 */
const FRAME_MS = 17;

/**
 * If no animation frame comes in this time (an occluded window, an iframe out of sight), the page paints
 * without one.
 */
const FRAME_TIMEOUT_MS = 1_000;

/**
 * Time that one update spends on the text of all views together; the rest is left for the next update. A view
 * that is attached late has a whole conversation to paint.
 */
const BUDGET_MS = 30;

/**
 * The same on a page that falls behind the kernel: three quarters of its time, so that it still answers the
 * user.
 */
const BUSY_BUDGET_MS = 80;

/** With more unpainted characters than this the page is behind: half a second of the fastest answers. */
const BACKLOG_CHARS = 4_096;

/** One output that shows the chat. */
export interface View {
  /** Whether the view is in the user's sight, or near it. */
  readonly isVisible: boolean;
  /**
   * Bring the page up to the transcript, for about `budgetMs` milliseconds. Return how many characters are
   * left, as the log counts them, or a few more.
   */
  paint(transcript: Transcript, budgetMs: number): number;
}

interface Options {
  readonly views: ReadonlySet<View>;
  readonly transcript: Transcript;
  /** How many characters were received and are not painted. */
  readonly unpaintedChars: () => number;
  /** Called after an update: all text is on the page, except for `left` characters. */
  readonly onPainted: (left: number) => void;
  /** How many characters gather before an update of views that are out of sight. */
  readonly batchChars: number;
  readonly signal: AbortSignal;
}

export class Painter {
  readonly #options: Options;
  #paintedAt = -Number.POSITIVE_INFINITY;
  #plan: AbortController | undefined;
  #isPlanWatched = false;

  constructor(options: Options) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#plan?.abort());
  }

  /** Plan an update, because something changed. */
  request(): void {
    const { signal, views } = this.#options;
    if (signal.aborted || views.size === 0) return;
    const isWatched = this.#isWatched();
    if (this.#plan && (this.#isPlanWatched || !isWatched)) return;
    if (!isWatched && !this.#isUpdateDue()) return;
    this.#plan?.abort();
    this.#plan = new AbortController();
    this.#isPlanWatched = isWatched;
    const plan = this.#plan.signal;
    const wait = this.#paintedAt + MIN_INTERVAL_MS - performance.now() - (isWatched ? FRAME_MS : 0);
    const run = () => (isWatched ? this.#onDueFrame(plan) : this.#paint());
    if (isWatched && wait <= 0) run();
    else runLater(run, Math.max(0, wait), plan);
  }

  #onDueFrame(plan: AbortSignal): void {
    runOnFrame(
      () => (performance.now() < this.#paintedAt + MIN_INTERVAL_MS ? this.#onDueFrame(plan) : this.#paint()),
      plan,
    );
  }

  #isWatched(): boolean {
    return !document.hidden && [...this.#options.views].some((view) => view.isVisible);
  }

  /**
   * Out of sight, text is painted in large batches and its end at once, so that search and printing find all
   * of it.
   */
  #isUpdateDue(): boolean {
    const { transcript, unpaintedChars, batchChars } = this.#options;
    return unpaintedChars() >= batchChars || !isRunning(lastReply(transcript)?.reply);
  }

  #paint(): void {
    this.#plan = undefined;
    this.#paintedAt = performance.now();
    const all = !this.#isWatched() || this.#isUpdateDue();
    const { views, transcript, unpaintedChars, onPainted } = this.#options;
    const due = [...views].filter((view) => all || view.isVisible);
    const budget = (unpaintedChars() > BACKLOG_CHARS ? BUSY_BUDGET_MS : BUDGET_MS) / due.length;
    let left = 0;
    for (const view of due) {
      runGuarded(() => {
        left = Math.max(left, view.paint(transcript, budget));
      });
    }
    onPainted(left);
    if (left > 0) this.request();
  }
}

function runLater(run: () => void, wait: number, signal: AbortSignal): void {
  const timer = setTimeout(run, wait);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function runOnFrame(run: () => void, signal: AbortSignal): void {
  const frame = requestAnimationFrame(go);
  const timer = setTimeout(go, FRAME_TIMEOUT_MS);
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
