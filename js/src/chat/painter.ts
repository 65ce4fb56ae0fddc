/** Scheduler of the page's updates: at most ten a second, and few for a view that is out of sight. */

import { isRunning } from "../core/reply.ts";
import { lastReply, type QueuedMessage, type Transcript } from "../core/transcript.ts";
import { FRAME_MS, runLater, runOnFrame } from "./frames.ts";
import { runGuarded } from "./guard.ts";
import { PAGE_SLICES, SLICE_MS, type Slices } from "./slices.ts";

/**
 * Time between two updates, on average. It is shorter than the time between the kernel's frames (120 ms), because
 * otherwise the page would fall behind the kernel.
 */
const PACE_MS = 110;

/**
 * Least time between two updates. After an update that came late, the next one comes when it is due all the same:
 * otherwise the page would stay late, by up to the time between two frames. The eleventh update comes at least 1,040
 * ms after the first, which keeps the promise of at most ten updates a second.
 */
const LEAST_GAP_MS = 50;

/**
 * The share of an update that is spent on text. The rest goes to the layout of the new content and to all else that
 * an update does. The share is measured, because layout takes most of the time in prose, and little in code. It has
 * a lower limit, so that a slow page makes progress.
 */
const LEAST_TEXT_SHARE = 1 / 3;

/**
 * With so many characters to paint, text is made between two updates, outside of the page. An update makes fewer by
 * itself: at about 2 ms for 1,024 characters, these take 8 ms, and its text has a third of a slice, 10 ms.
 */
const PREPARED_CHARS = 4_096;

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
   * Make text that the next `paint` shows, without a change of the page, until a time of `performance.now()`. Return
   * how many characters are left; infinity if that is not known.
   */
  prepare?(transcript: Transcript, deadlineMs: number): number;
  /**
   * Put messages that were not sent back into the message box: those that were written in this view, or all of
   * them. Return the keys of those that it took.
   */
  takeBack?(messages: readonly QueuedMessage[], all: boolean): ReadonlySet<string>;
}

interface Options {
  readonly views: ReadonlySet<View>;
  readonly transcript: Transcript;
  /** Returns how many characters were received and are neither painted nor ready for the next update. */
  readonly unpaintedChars: () => number;
  /** Called when all received text is on the page or ready for the next update, except for `left` characters. */
  readonly onPainted: (left: number) => void;
  /** While all views are out of sight, an update waits until this many characters are unpainted. */
  readonly batchChars: number;
  readonly signal: AbortSignal;
  /** The time that this chat shares with the other chats of the page. */
  readonly slices?: Slices;
}

export class Painter {
  readonly #options: Options;
  /** The earliest time of the next update. */
  #nextAt = -Number.POSITIVE_INFINITY;
  #plan: AbortController | undefined;
  #isPlanWatched = false;
  #textShare = LEAST_TEXT_SHARE;
  /** How long the latest update took. */
  #updateMs = SLICE_MS;
  #isPreparing = false;

  constructor(options: Options) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#plan?.abort());
  }

  /** Plan an update, because something changed. */
  request(): void {
    this.#planUpdate();
    this.#planPreparation();
  }

  #planUpdate(): void {
    const { signal, views } = this.#options;
    if (signal.aborted || views.size === 0) return;
    const isWatched = this.#isWatched();
    if (this.#plan && (this.#isPlanWatched || !isWatched)) return;
    if (!isWatched && !this.#isUpdateDue()) return;
    this.#plan?.abort();
    this.#plan = new AbortController();
    this.#isPreparing = false;
    this.#isPlanWatched = isWatched;
    const plan = this.#plan.signal;
    const wait = this.#nextAt - performance.now() - (isWatched ? FRAME_MS : 0);
    const run = () => (isWatched ? this.#onDueFrame(plan) : this.#takeSlice(plan));
    if (isWatched && wait <= 0) run();
    else runLater(run, Math.max(0, wait), plan);
  }

  /** Plan a slice in which text is made for the planned update, if there is much of it and time before the update. */
  #planPreparation(): void {
    const { unpaintedChars, slices = PAGE_SLICES } = this.#options;
    const plan = this.#plan?.signal;
    if (!plan || !this.#isPlanWatched || this.#isPreparing || unpaintedChars() < PREPARED_CHARS) return;
    if (performance.now() >= this.#nextAt - FRAME_MS) return;
    this.#isPreparing = true;
    runLater(() => slices.run(() => plan.aborted || this.#prepare(), SLICE_MS), 0, plan);
  }

  #prepare(): void {
    this.#isPreparing = false;
    const { views, transcript, onPainted } = this.#options;
    const endMs = Math.min(performance.now() + SLICE_MS, this.#nextAt - FRAME_MS);
    let left = Number.NEGATIVE_INFINITY;
    for (const view of views) {
      if (!view.isVisible) continue;
      let own = Number.POSITIVE_INFINITY;
      runGuarded(() => {
        own = view.prepare?.(transcript, endMs) ?? own;
      });
      left = Math.max(left, own);
    }
    const isSliceUsed = performance.now() >= endMs;
    if (Number.isFinite(left)) onPainted(left);
    if (isSliceUsed) this.#planPreparation();
  }

  #onDueFrame(plan: AbortSignal): void {
    runOnFrame(
      () => (performance.now() < this.#nextAt ? this.#onDueFrame(plan) : this.#takeSlice(plan)),
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
    this.#nextAt = Math.max(began + LEAST_GAP_MS, this.#nextAt + PACE_MS);
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
