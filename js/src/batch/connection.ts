/** A batch's connection on this page: its synced state, its commands, and the questions of its views for rows. */

import type { AnyModel } from "@anywidget/types";
import { runGuarded } from "../chat/guard.ts";
import { Link } from "../chat/link.ts";
import { STOP_REPETITION, sendUntil } from "../chat/send-until.ts";
import {
  type BatchCommand,
  type BatchMessage,
  isPing,
  isRowsAnswer,
  type Progress,
  type RowFilter,
  type RowRange,
  type RowsAnswer,
} from "../core/batch/messages.ts";
import { randomId } from "../core/random-id.ts";
import { type ChatState, openRoute, type Route } from "../transport/jupyter.ts";
import { keepConnected } from "../transport/reconnect.ts";

export interface BatchState extends Pick<ChatState, "_address" | "_chat"> {
  progress: Progress;
  /** The names of the columns of the result; empty until they are known. */
  columns: readonly string[];
}

/** One output that shows the batch. */
export interface BatchListener {
  /** Something has changed that the view shows. */
  onChange(): void;
  onRows(answer: RowsAnswer): void;
  /** Rows and messages may have been lost. */
  onRestored(): void;
}

export class BatchConnection {
  readonly link: Link;
  readonly #model: AnyModel<BatchState>;
  readonly #route: Route<BatchMessage>;
  readonly #signal: AbortSignal;
  readonly #page = randomId();
  readonly #views = new Set<BatchListener>();
  /** Whether the user's Stop is on its way to the kernel. */
  isStopping = false;
  /** The latest rows that a view got; a view that comes after it begins with them. */
  lastAnswer: RowsAnswer | undefined;

  constructor(model: AnyModel<BatchState>, signal: AbortSignal) {
    this.#model = model;
    this.#signal = signal;
    this.#route = openRoute<BatchState, BatchMessage>(model);
    this.link = new Link(
      undefined,
      (event) => {
        this.#notify((view) => (event === "restored" ? view.onRestored() : view.onChange()));
        if (event === "restored") this.#sendPresence();
      },
      signal,
    );
    this.#route.watchLink((event) => this.link.report(event), signal);
    this.#route.listen((wire) => this.#receive(wire), signal);
    keepConnected(this.#route, () => this.isRunning, signal);
    const onChange = () => {
      // A Stop that is repeated after the run's end would stop the rows that the user has asked for again.
      if (!this.isRunning) this.isStopping = false;
      this.#notify((view) => view.onChange());
    };
    for (const name of ["change:progress", "change:columns"] as const) {
      model.on(name, onChange);
      signal.addEventListener("abort", () => model.off(name, onChange));
    }
    const isShown = () => this.#views.size > 0;
    addEventListener("pagehide", () => isShown() && this.#send({ kind: "goodbye" }), { signal });
    // The browser has kept this page and shows it again. The kernel has forgotten it at its goodbye.
    addEventListener("pageshow", (event) => event.persisted && this.#sendPresence(), { signal });
  }

  get progress(): Progress {
    return this.#model.get("progress");
  }

  get columns(): readonly string[] {
    return this.#model.get("columns");
  }

  /** Whether the run goes on, as far as the page knows. */
  get isRunning(): boolean {
    return this.progress.status === "running" && !this.link.isAtRest;
  }

  /** Tell this view of changes, until its signal aborts. */
  attach(view: BatchListener, signal: AbortSignal): void {
    this.#views.add(view);
    this.#sendPresence();
    signal.addEventListener("abort", () => {
      this.#views.delete(view);
      this.#sendPresence();
    });
  }

  /** Stop the run. Return whether it was running. */
  stop(): boolean {
    if (!this.isRunning) return false;
    if (this.isStopping) return true;
    this.isStopping = true;
    const isConfirmed = () => !this.isStopping || !this.isRunning;
    const onFinished = () => {
      this.isStopping = false;
    };
    const message = { kind: "stop", page: this.#page } as const;
    sendUntil(this.#route, message, { isConfirmed, onFinished, ...STOP_REPETITION }, this.#signal);
    return true;
  }

  /** Ask for one failed row again. */
  retry(index: number): void {
    this.#send({ kind: "retry", index, key: randomId() });
  }

  /** Ask for all failed rows again. */
  retryAll(): void {
    this.#send({ kind: "retryAll", key: randomId() });
  }

  askRows({ first, count }: RowRange, only: RowFilter, isRepeat: boolean): void {
    this.#send({ kind: "rows", first, count, only }, isRepeat);
  }

  #receive(wire: unknown): void {
    if (isRowsAnswer(wire)) {
      this.lastAnswer = wire;
      this.#notify((view) => view.onRows(wire));
    } else if (isPing(wire)) this.#sendPresence();
  }

  #sendPresence(): void {
    this.#send({ kind: "here", views: this.#views.size });
  }

  #send(command: BatchCommand, isRepeat = false): void {
    if (!this.#signal.aborted && !this.link.isAtRest)
      this.#route.send({ ...command, page: this.#page }, isRepeat);
  }

  #notify(tell: (view: BatchListener) => void): void {
    for (const view of this.#views) runGuarded(() => tell(view));
  }
}
