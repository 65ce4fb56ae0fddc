/**
 * Window of rows that the page holds of a long list, and the decision when to ask the kernel for which rows.
 * Time is an argument, in milliseconds of any clock.
 */

import type { Row, RowFilter, RowRange, RowsAnswer } from "./messages.ts";

/** The most rows that the kernel sends in one answer. */
const MAX_ANSWER_ROWS = 200;

/** Rows that are fetched above and below those in sight, so that a short scroll needs no question. */
const SPARE_ROWS = 20;

/** A scroll comes in many steps. The page asks once the place has been the same for this long … */
const SETTLE_MS = 60;

/** … or once the rows in sight have been missing for this long. */
const MAX_MISSING_MS = 150;

/** Least time between two questions for rows that the page has, because some may have changed. */
const REFRESH_MS = 500;

/** A request for rows that got no answer is sent again after this time. Each further wait is twice as long. */
const REPEAT_MS = 2_000;

/** The longest wait before such a request is sent again. */
const MAX_REPEAT_MS = 32_000;

interface Question extends RowRange {
  readonly only: RowFilter;
  readonly at: number;
  /** The number of times that it was asked before. */
  readonly repeats: number;
}

/** Clip a range of rows to a list. */
export function clip(first: number, end: number, total: number): RowRange {
  const from = Math.max(0, Math.min(first, total));
  return { first: from, count: Math.max(0, Math.min(end, total) - from) };
}

export class RowWindow {
  /** The list that the user wants to see. */
  filter: RowFilter = "all";
  /** The list that is shown: until rows of the wanted list have come, it is the earlier one. */
  shown: RowFilter = "all";
  total = 0;
  #first = 0;
  #rows: readonly Row[] = [];
  /** The revision of the held rows; undefined if they must be fetched again in any case. */
  #revision: number | undefined;
  #sight: RowRange = { first: 0, count: 0 };
  #sightChangedAt = Number.NEGATIVE_INFINITY;
  #missingSince: number | undefined;
  #question: Question | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** The row at a place of the shown list; undefined if the page does not hold it. */
  at(position: number): Row | undefined {
    return this.#rows[position - this.#first];
  }

  /** Whether rows of the shown list have come. */
  get isFilled(): boolean {
    return this.#rows.length > 0 || this.#revision !== undefined;
  }

  /** Show rows that an earlier view got, until newer ones have come. */
  seed({ first, only, total, rows }: RowsAnswer): void {
    this.filter = only;
    this.shown = only;
    this.total = total;
    this.#first = first;
    this.#rows = rows;
  }

  /**
   * By how many places rows have moved in the list: the median of those that it still holds.
   *
   * @param before The earlier place of each row, by its number.
   */
  shiftOf(before: ReadonlyMap<number, number>): number {
    const shifts = this.#rows.flatMap(({ index }, offset) => {
      const position = before.get(index);
      return position === undefined ? [] : this.#first + offset - position;
    });
    return shifts.sort((a, b) => a - b)[Math.floor(shifts.length / 2)] ?? 0;
  }

  /** Choose the list to see. The rows in sight stay until rows of the chosen list have come. */
  choose(filter: RowFilter): void {
    if (filter === this.filter) return;
    this.filter = filter;
    this.#question = undefined;
    this.#sightChangedAt = Number.NEGATIVE_INFINITY;
    // The chosen list is seen from its beginning.
    this.#sight = { first: 0, count: this.#sight.count };
  }

  /** Note the rows in the user's sight. */
  look(range: RowRange, now: number): void {
    if (range.first === this.#sight.first && range.count === this.#sight.count) return;
    this.#sight = range;
    this.#sightChangedAt = now;
    this.#missingSince = this.isMissing ? (this.#missingSince ?? now) : undefined;
  }

  /** Fetch the rows again, even if they have not changed: something may have been lost. */
  invalidate(): void {
    this.#revision = undefined;
    this.#question = undefined;
  }

  /** Take the rows of an answer, and return whether it is the answer to the present question. */
  receive({ first, only, total, revision, rows }: RowsAnswer): boolean {
    if (only !== this.filter || this.#question?.first !== first) return false;
    this.#question = undefined;
    this.shown = only;
    this.total = total;
    this.#first = first;
    this.#rows = rows;
    this.#revision = revision;
    this.#missingSince = this.isMissing ? this.#missingSince : undefined;
    return true;
  }

  /** Whether rows in sight, or rows of the chosen list, are not held. */
  get isMissing(): boolean {
    const { first, count } = this.#sight;
    const end = Math.min(first + count, this.total);
    const isHeld = first >= this.#first && end <= this.#first + this.#rows.length;
    return this.shown !== this.filter || !isHeld;
  }

  /**
   * Return when to ask next; undefined if there is nothing to ask.
   *
   * @param revision The latest revision of the rows in the kernel.
   */
  dueAt(revision: number): number | undefined {
    if (this.#question) {
      const { at, repeats, only } = this.#question;
      const repeatAt = at + Math.min(MAX_REPEAT_MS, REPEAT_MS * 2 ** repeats);
      return only === this.filter && this.#covers(this.#question)
        ? repeatAt
        : Math.min(repeatAt, this.#settledAt());
    }
    if (this.isMissing) return this.#settledAt();
    return this.#revision !== revision ? this.#askedAt + REFRESH_MS : undefined;
  }

  /** Return the question that is due, and note that it is asked. `isRepeat` says that it was asked before. */
  ask(now: number, revision: number): (RowRange & { only: RowFilter; isRepeat: boolean }) | undefined {
    const due = this.dueAt(revision);
    if (due === undefined || due > now) return undefined;
    const { first, count } = this.#sight;
    const from = Math.max(0, first - SPARE_ROWS);
    const range = { first: from, count: Math.min(MAX_ANSWER_ROWS, first + count + SPARE_ROWS - from) };
    const before = this.#question;
    const isRepeat = before?.first === range.first && before.only === this.filter;
    const repeats = isRepeat ? before.repeats + 1 : 0;
    this.#question = { ...range, only: this.filter, at: now, repeats };
    this.#askedAt = now;
    return { ...range, only: this.filter, isRepeat };
  }

  #settledAt(): number {
    const latest = (this.#missingSince ?? this.#sightChangedAt) + MAX_MISSING_MS;
    return Math.min(this.#sightChangedAt + SETTLE_MS, latest);
  }

  #covers({ first, count }: RowRange): boolean {
    const { first: from, count: seen } = this.#sight;
    return from >= first && from + seen <= first + count;
  }
}
