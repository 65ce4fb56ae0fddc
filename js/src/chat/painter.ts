/** Scheduler of the page's updates: at most ten a second, and few for a view that is out of sight. */

import { isRunning } from "../core/reply.ts";
import { lastReply, type QueuedMessage, type Transcript } from "../core/transcript.ts";
import { FRAME_MS, MIN_INTERVAL_MS, runLater, runOnFrame } from "./frames.ts";
import { runGuarded } from "./guard.ts";
import { PAGE_SLICES, SLICE_MS, type Slices } from "./slices.ts";

/**
 * The share of an update that is spent on text. The rest goes to the layout of the new content and to all else that
 * an update does. The share is measured, because layout takes most of the time in prose, and little in code. It has
 * a lower limit, so that a slow page makes progress.
 */
const LEAST_TEXT_SHARE = 1 / 3;

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
  /** The time that this chat shares with the other chats of the page. */
  readonly slices?: Slices;
}

export class Painter {
  readonly #options: Options;
  #paintedAt = -Number.POSITIVE_INFINITY;
  #plan: AbortController | undefined;
  #isPlanWatched = false;
  #textShare = LEAST_TEXT_SHARE;
  /** How long the latest update took. */
  #updateMs = SLICE_MS;

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
    const run = () => (isWatched ? this.#onDueFrame(plan) : this.#takeSlice(plan));
    if (isWatched && wait <= 0) run();
    else runLater(run, Math.max(0, wait), plan);
  }

  #onDueFrame(plan: AbortSignal): void {
    runOnFrame(
      () =>
        performance.now() < this.#paintedAt + MIN_INTERVAL_MS
          ? this.#onDueFrame(plan)
          : this.#takeSlice(plan),
      plan,
    );
  }

  #takeSlice(plan: AbortSignal): void {
    const { slices = PAGE_SLICES } = this.#options;
    slices.run(() => plan.aborted || this.#paint(), this.#updateMs);
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

  /** Make an update that takes no longer than a slice. Text that is left comes with the next update. */
  #paint(): void {
    this.#plan = undefined;
    const began = performance.now();
    this.#paintedAt = began;
    const all = !this.#isWatched() || this.#isUpdateDue();
    const { views, transcript, onPainted } = this.#options;
    const due = [...views].filter((view) => all || view.isVisible);
    const budgetMs = SLICE_MS * this.#textShare;
    let left = 0;
    for (const view of due) {
      runGuarded(() => {
        left = Math.max(left, view.paint(transcript, budgetMs / due.length));
      });
    }
    this.#updateMs = performance.now() - began;
    if (left > 0 || this.#updateMs > SLICE_MS)
      this.#textShare = Math.max(LEAST_TEXT_SHARE, Math.min(1, budgetMs / this.#updateMs));
    onPainted(left);
    if (left > 0) this.request();
  }
}
