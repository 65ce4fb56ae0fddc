/**
 * Messages between a page and a batch, which asks one question for each of many rows. The kernel's end is
 * `src/nbstream/batch/`.
 *
 * The rows may be many, so the page asks for those that it shows.
 */

export type BatchStatus = "running" | "done" | "stopped" | "failed";

/** The synced state of a run; the kernel writes it at most ten times a second. */
export interface Progress {
  readonly status: BatchStatus;
  readonly stop_reason: string | null;
  readonly total: number;
  /** How many rows have a result. */
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  readonly rowsPerMinute: number | null;
  readonly secondsLeft: number | null;
  /** The seconds that the run has taken. */
  readonly seconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In US dollars, as the expected cost of all rows; null if there is no known price. */
  readonly cost: number | null;
  readonly expectedCost: number | null;
  /** The seconds until the API lets all rows go on; null while it lets them. */
  readonly slowedUntil: number | null;
  /** A number that grows with each change of a row. */
  readonly revision: number;
}

export type RowStatus = "waiting" | "running" | "done" | "failed" | "stopped";

export interface Row {
  /** The row's number among all rows, from 0. */
  readonly index: number;
  /** The row's name in the index of the user's data frame. */
  readonly label: string;
  readonly status: RowStatus;
  readonly cells: readonly string[];
  readonly error: string | null;
}

/** Which rows are listed: all of them, with the failed ones first, or only those that failed. */
export type RowFilter = "all" | "failed";

/** Consecutive rows of a list. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** Kernel to page: rows that a page has asked for. */
export interface RowsAnswer {
  readonly kind: "rows";
  readonly first: number;
  readonly only: RowFilter;
  /** How many rows the list has. */
  readonly total: number;
  readonly revision: number;
  readonly rows: readonly Row[];
}

/** A page's question or command. A repeated `key` has no second effect. */
export type BatchCommand =
  | ({ readonly kind: "rows"; readonly only: RowFilter } & RowRange)
  | { readonly kind: "stop" }
  | { readonly kind: "retry"; readonly index: number; readonly key: string }
  | { readonly kind: "retryAll"; readonly key: string }
  | { readonly kind: "here"; readonly views: number }
  | { readonly kind: "goodbye" };

/** Page to kernel. */
export type BatchMessage = BatchCommand & { readonly page: string };

/** Whether a message holds rows. */
export function isRowsAnswer(wire: unknown): wire is RowsAnswer {
  const { kind, first, total, rows } = (wire ?? {}) as Partial<RowsAnswer>;
  return kind === "rows" && Number.isInteger(first) && Number.isInteger(total) && Array.isArray(rows);
}

/** Whether a message asks for a sign that the page is there. */
export function isPing(wire: unknown): boolean {
  return (wire as { kind?: unknown } | null)?.kind === "ping";
}
