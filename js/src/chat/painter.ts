/** Scheduler of the page's updates: at most ten a second, and few for a view that is out of sight. */

import { isRunning, lastReply, type QueuedMessage, type Transcript } from "../core/transcript.ts";
import { FRAME_MS, MIN_INTERVAL_MS, runLater, runOnFrame } from "./frames.ts";
import { runGuarded } from "./guard.ts";

/**
 * Time that one update spends on the text of all views together. The rest of the text is left for the next
 * update, because a view that is attached late has a whole conversation to paint.
 */
const BUDGET_MS = 30;

/**
 * Time that one update spends on text if the page has fallen behind the kernel. It is three quarters of the
 * page's time; the last quarter is left for answering the user.
 */
const BUSY_BUDGET_MS = 80;

/**
 * A page with more unpainted characters than this has fallen behind. The fastest answers bring this many
 * characters in half a second.
 */
const BACKLOG_CHARS = 4_096;

/** One output that shows the chat. */
export interface View {
  /** Whether the view is in the user's sight, or near it. */
  readonly isVisible: boolean;
  /**
   * Bring the page up to date with the transcript, for about `budgetMs` milliseconds. Return how many
   * characters are left; the count is the log's, or slightly higher.
   */
  paint(transcript: Transcript, budgetMs: number): number;
  /**
   * Put messages that were not sent back into the message box: those that were written in this view, or all of
   * them. Return the keys of those that it took.
   */
  takeBack?(messages: readonly QueuedMessage[], all: boolean): ReadonlySet<string>;
}

interface Options {
  readonly views: ReadonlySet<View>;
  readonly transcript: Transcript;
  /** Returns how many characters were received and are not painted yet. */
  readonly unpaintedChars: () => number;
  /** Called after each update. All received text is then on the page, except for `left` characters. */
  readonly onPainted: (left: number) => void;
  /** While all views are out of sight, an update waits until this many characters are unpainted. */
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
   * Whether views that are out of sight need an update. They are painted in large batches; the end of a reply
   * is painted at once, so that search and printing find all of its text.
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
