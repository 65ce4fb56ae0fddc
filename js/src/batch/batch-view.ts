/** View of a batch in one output: its progress, and under it the table of its rows. */

import type { RowsAnswer } from "../core/batch/messages.ts";
import { RowWindow } from "../core/batch/row-window.ts";
import { BATCH_TEXT } from "../core/page-text.ts";
import { formatNumber } from "../view/base/amounts.ts";
import { button, keepFocus } from "../view/base/button.ts";
import { element, focusedElement, setAttribute, setText } from "../view/base/dom.ts";
import { watchVisibility } from "../view/base/visibility.ts";
import type { BatchConnection, BatchListener } from "./connection.ts";
import { ProgressHead } from "./progress-head.ts";
import { endedRows } from "./progress-words.ts";
import { Repaint } from "./repaint.ts";
import { MAX_TABLE_ROWS, RowTable } from "./row-table.ts";

/** A Retry of which the kernel has said nothing for this long was lost, and may be pressed again. */
const ASKED_MS = 3_000;

export class BatchView implements BatchListener {
  readonly #connection: BatchConnection;
  readonly #root: HTMLElement;
  readonly #head: ProgressHead;
  readonly #table: RowTable;
  readonly #filterButton: HTMLButtonElement;
  readonly #retryAllButton: HTMLButtonElement;
  readonly #note = element("p", "nbstream-rows-note");
  readonly #repaint: Repaint;
  #window = new RowWindow();
  /** When the user pressed Retry, by the row; "all" for Retry all. */
  readonly #askedAt = new Map<number | "all", number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The part of the page in which the host shows this view; undefined until it does. */
  #home: Element | undefined;
  readonly #end = new AbortController();

  /** `views` are all views of the batch on this page; this view adds itself. */
  constructor(
    el: HTMLElement,
    connection: BatchConnection,
    views: Set<BatchView>,
    outputSignal: AbortSignal,
  ) {
    this.#connection = connection;
    const signal = AbortSignal.any([outputSignal, this.#end.signal]);
    this.#table = new RowTable(
      (index) => this.#retry(index),
      () => this.#look(),
      signal,
    );
    this.#filterButton = button(BATCH_TEXT.failedOnly, () => this.#toggleFilter(), {
      "aria-pressed": "false",
    });
    this.#retryAllButton = button(BATCH_TEXT.retryAll, () => this.#retryAll());
    this.#head = new ProgressHead(() => this.#stop(), this.#filterButton, this.#retryAllButton);
    const parts = [this.#head.element, this.#note, this.#table.element];
    this.#root = element("div", "nbstream nbstream-batch", { tabindex: "-1" }, ...parts);
    this.#root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#stop()) event.stopPropagation();
    });
    this.#repaint = new Repaint(() => this.#paint(), signal);
    if (connection.lastAnswer) this.#window.seed(connection.lastAnswer);
    el.append(this.#root);
    // The view must be removed here, because the host keeps the output's element for as long as the model.
    views.add(this);
    signal.addEventListener("abort", () => {
      views.delete(this);
      clearTimeout(this.#timer);
      this.#root.remove();
    });
    connection.attach(this, signal);
    this.#paint();
    watchVisibility(
      this.#root,
      (isVisible) => {
        if (this.#root.isConnected) this.#home ??= el.parentElement ?? undefined;
        for (const view of views) this.#succeed(view);
        this.#repaint.isVisible = isVisible;
        this.#planQuestion();
      },
      signal,
    );
    document.addEventListener("visibilitychange", () => this.#planQuestion(), { signal });
  }

  onChange(): void {
    this.#repaint.request();
    this.#planQuestion();
  }

  onRestored(): void {
    this.#window.invalidate();
    this.onChange();
  }

  onRows(answer: RowsAnswer): void {
    const before = this.#rowsInSight();
    const list = this.#window.shown;
    if (!this.#window.receive(answer)) return;
    if (this.#window.shown !== list) this.#table.scrollTo(0);
    else this.#table.shift(this.#window.shiftOf(before));
    this.#look();
    this.onChange();
  }

  /**
   * Take the place of a view that the host has replaced by this one without a word, as JupyterLab does when the
   * kernel updates an output. What the user has chosen and scrolled to stays.
   */
  #succeed(view: BatchView): void {
    // The removed view may learn of it first, and cannot take its own place.
    const canSucceed = this.#home !== undefined && this.#root.isConnected;
    if (!canSucceed || view.#home !== this.#home || view.#root.isConnected) return;
    this.#window = view.#window;
    this.#paint();
    this.#table.scrollTo(view.#table.top);
    view.#end.abort();
  }

  #paint(): void {
    const connection = this.#connection;
    const { progress, link } = connection;
    const focused = focusedElement(this.#root);
    this.#head.paint(progress, link, connection.isStopping, performance.now());
    this.#paintButtons();
    setAttribute(this.#table.element, "hidden", progress.total > 0 ? undefined : "");
    this.#table.paint({
      columns: connection.columns,
      total: this.#window.isFilled ? this.#window.total : progress.total,
      at: (position) => this.#window.at(position),
      isMissing: this.#window.isMissing,
      canRetry: !link.isAtRest,
      isAsked: (index) => this.#isAsked(index),
    });
    if (focused) keepFocus(this.#root, focused, this.#table.element);
  }

  #paintButtons(): void {
    const { progress, link } = this.#connection;
    const isFiltered = this.#window.filter === "failed";
    const hasFailed = progress.failed > 0;
    const isCut = progress.total > MAX_TABLE_ROWS;
    setAttribute(this.#filterButton, "aria-pressed", String(isFiltered));
    setAttribute(this.#filterButton, "hidden", hasFailed || isFiltered ? undefined : "");
    this.#filterButton.disabled = link.isAtRest;
    const isCutShort = progress.status !== "running" && endedRows(progress) < progress.total;
    const hasMore = (hasFailed || isCutShort) && !link.isAtRest;
    setAttribute(this.#retryAllButton, "hidden", hasMore ? undefined : "");
    // After a Stop, this button also asks for the rows that have no answer yet.
    setText(this.#retryAllButton, isCutShort ? BATCH_TEXT.continue : BATCH_TEXT.retryAll);
    this.#retryAllButton.disabled = this.#askedAt.has("all");
    const isEmpty = isFiltered && this.#window.shown === "failed" && this.#window.total === 0;
    const cutNote = isCut ? BATCH_TEXT.cut(formatNumber(MAX_TABLE_ROWS)) : "";
    const note = isEmpty ? BATCH_TEXT.noneFailed : cutNote;
    setText(this.#note, note);
    setAttribute(this.#note, "hidden", note ? undefined : "");
  }

  #stop(): boolean {
    const isStopped = this.#connection.stop();
    if (isStopped) this.#repaint.request();
    return isStopped;
  }

  #toggleFilter(): void {
    this.#window.choose(this.#window.filter === "all" ? "failed" : "all");
    this.#paintButtons();
    this.#repaint.request();
    this.#planQuestion();
  }

  #retry(index: number): void {
    this.#connection.retry(index);
    this.#noteAsked(index);
  }

  #retryAll(): void {
    this.#connection.retryAll();
    this.#noteAsked("all");
  }

  #noteAsked(asked: number | "all"): void {
    const at = performance.now();
    this.#askedAt.set(asked, at);
    setTimeout(() => {
      if (this.#askedAt.get(asked) === at) this.#askedAt.delete(asked);
      this.#repaint.request();
    }, ASKED_MS);
    this.#repaint.request();
  }

  #isAsked(index: number): boolean {
    return this.#askedAt.has(index) || this.#askedAt.has("all");
  }

  #look(): void {
    this.#window.look(this.#table.sight, performance.now());
    this.#planQuestion();
  }

  #rowsInSight(): Map<number, number> {
    const { first, count } = this.#table.sight;
    const positions = Array.from({ length: count }, (_, row) => first + row);
    return new Map(
      positions.flatMap((at) => {
        const row = this.#window.at(at);
        return row ? [[row.index, at] as const] : [];
      }),
    );
  }

  /** Ask the kernel for rows when that is due. */
  #planQuestion(): void {
    clearTimeout(this.#timer);
    const { link, progress } = this.#connection;
    if (!this.#repaint.isSeen || link.isAtRest || !this.#root.isConnected) return;
    const now = performance.now();
    const question = this.#window.ask(now, progress.revision);
    if (question) this.#connection.askRows(question, question.only, question.isRepeat);
    const due = this.#window.dueAt(progress.revision);
    if (due !== undefined) this.#timer = setTimeout(() => this.#planQuestion(), Math.max(0, due - now));
  }
}
