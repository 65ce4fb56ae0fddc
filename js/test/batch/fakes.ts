/** A batch as the page sees it: its widget model, and the kernel behind it that answers questions for rows. */

import type { AnyModel } from "@anywidget/types";
import type { BatchState } from "../../src/batch/connection.ts";
import type { BatchMessage, Progress, Row, RowFilter, RowsAnswer } from "../../src/core/batch/messages.ts";

type Listener = (wire?: unknown) => void;

export function newProgress(more: Partial<Progress> = {}): Progress {
  return {
    status: "running",
    stop_reason: null,
    total: 200,
    done: 117,
    failed: 3,
    running: 8,
    rowsPerMinute: 340.4,
    secondsLeft: 14.2,
    seconds: 35,
    inputTokens: 12_345,
    outputTokens: 2_345,
    cost: 0.1234,
    expectedCost: 0.2012,
    slowedUntil: null,
    revision: 1,
    ...more,
  };
}

export function newRow(index: number, more: Partial<Row> = {}): Row {
  return {
    index,
    label: `r${index}`,
    status: "done",
    cells: [`text ${index}`, "good"],
    error: null,
    ...more,
  };
}

export function failedRow(index: number, error = "RateLimitError: slow down"): Row {
  return newRow(index, { status: "failed", cells: [`text ${index}`, ""], error });
}

export class FakeBatch {
  readonly sent: BatchMessage[] = [];
  readonly rows: Row[];
  isDeaf = false;
  widget_manager: object = {};
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #state: BatchState;

  constructor(rows: readonly Row[] = [], progress: Partial<Progress> = {}) {
    this.rows = [...rows];
    const counts = { total: rows.length, done: 0, failed: rows.filter(isFailed).length };
    const columns = ["text", "label"];
    this.#state = { _address: "", _chat: "me", columns, progress: newProgress({ ...counts, ...progress }) };
  }

  get<Key extends keyof BatchState>(key: Key): BatchState[Key] {
    return this.#state[key];
  }

  on(name: string, listener: Listener): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: Listener): void {
    this.#listeners.get(name)?.delete(listener);
  }

  emit(name: string, value?: unknown): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(value);
  }

  get listenerCount(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  send(message: BatchMessage): void {
    this.sent.push(message);
    if (message.kind === "rows" && !this.isDeaf)
      queueMicrotask(() => this.emit("msg:custom", this.answer(message.only, message.first, message.count)));
  }

  answer(only: RowFilter, first: number, count: number): RowsAnswer {
    const list = this.list(only);
    const { revision } = this.#state.progress;
    const rows = list.slice(first, first + count);
    return { kind: "rows", first, only, total: list.length, revision, rows };
  }

  list(only: RowFilter): readonly Row[] {
    const failed = this.rows.filter(isFailed);
    return only === "failed" ? failed : [...failed, ...this.rows.filter((row) => !isFailed(row))];
  }

  /** Change a row, or only the progress. */
  change(progress: Partial<Progress>, row?: Row): void {
    if (row) this.rows[row.index] = row;
    const before = this.#state.progress;
    this.#state.progress = { ...before, revision: before.revision + 1, ...progress };
    this.emit("change:progress");
  }

  of<Kind extends BatchMessage["kind"]>(kind: Kind): (BatchMessage & { kind: Kind })[] {
    return this.sent.filter((each): each is BatchMessage & { kind: Kind } => each.kind === kind);
  }

  get asModel(): AnyModel<BatchState> {
    return this as unknown as AnyModel<BatchState>;
  }
}

function isFailed({ status }: Row): boolean {
  return status === "failed";
}
