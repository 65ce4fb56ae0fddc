/** View of a long list of rows: a table in a scrolling box, which holds only the rows in sight and some more. */

import { ColumnWidths } from "../core/batch/column-widths.ts";
import type { Row, RowRange } from "../core/batch/messages.ts";
import { clip } from "../core/batch/row-window.ts";
import { escapeControls } from "../core/control-characters.ts";
import { BATCH_TEXT } from "../core/page-text.ts";
import { element, setAttribute, setColumnWidths } from "../view/base/dom.ts";
import { proseMarking, revealInvisible } from "../view/markdown/invisible-characters.ts";
import { RowView } from "./row-view.ts";

/** Height of a row; `batch.css` has it too. */
export const ROW_PIXELS = 28;

/** Rows that are drawn above and below those in sight, so that a scroll meets no gap. */
const MARGIN_ROWS = 8;

/** More rows than these would be higher than a browser can scroll (Firefox: 17.9 million pixels). */
export const MAX_TABLE_ROWS = 500_000;

/** Width of the column with the state and the Retry button, in em. */
const STATE_WIDTH_EM = 9.5;

/** The list to show. */
export interface RowList {
  readonly columns: readonly string[];
  readonly total: number;
  /** Return the row at a place; undefined if the page does not have it yet. */
  at(position: number): Row | undefined;
  /** Whether rows in sight are still to come. */
  readonly isMissing: boolean;
  /** Whether the kernel takes a Retry. */
  readonly canRetry: boolean;
  /** Whether the user has pressed Retry on this row, and the kernel has not said so yet. */
  isAsked(index: number): boolean;
}

export class RowTable {
  readonly element: HTMLElement;
  readonly #head = element("tr", "", { "aria-rowindex": "1" });
  readonly #above = spacer();
  readonly #below = spacer();
  readonly #body = element("tbody", "", {}, this.#above, this.#below);
  readonly #table: HTMLTableElement;
  readonly #retry: (index: number) => void;
  readonly #views = new Map<number, RowView>();
  #list: RowList | undefined;
  #columns: readonly string[] = [];
  #widths = new ColumnWidths([]);
  #top = 0;
  #height = 0;
  #width = 0;
  /** While the user presses a button, its row stays where it is. */
  #isPressed = false;

  /**
   * @param retry Called when the user asks for a row again.
   * @param onSight Called when other rows have come into sight.
   */
  constructor(retry: (index: number) => void, onSight: () => void, signal: AbortSignal) {
    this.#retry = retry;
    const head = element("thead", "", {}, this.#head);
    this.#table = element("table", "nbstream-row-table", { "aria-label": BATCH_TEXT.rows }, head, this.#body);
    const box = { role: "group", tabindex: "0", "aria-label": BATCH_TEXT.rowsOfRun };
    this.element = element("div", "nbstream-rows", box, this.#table);
    const redraw = () => {
      this.#top = this.element.scrollTop;
      this.#draw();
      onSight();
    };
    this.element.addEventListener("scroll", redraw, { passive: true, signal });
    const observer = new ResizeObserver(() => {
      // A box that is taken off the page forgets its place, which the box that succeeds it asks for.
      if (!this.element.isConnected) return;
      this.#height = this.element.clientHeight;
      this.#width = this.element.clientWidth;
      this.#setWidths();
      redraw();
    });
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect());
    this.#watchPresses(signal);
    this.#body.addEventListener("pointerover", showCutText, { signal });
  }

  /** The rows in sight. */
  get sight(): RowRange {
    const first = Math.floor(this.#top / ROW_PIXELS);
    return { first, count: Math.ceil(this.#height / ROW_PIXELS) + 1 };
  }

  /** Show a list. */
  paint(list: RowList): void {
    this.#list = list;
    if (!this.#isPressed) this.#draw();
  }

  /** The distance that the rows are scrolled, in pixels; of a box that was removed, its last one. */
  get top(): number {
    return this.#top;
  }

  scrollTo(top: number): void {
    this.element.scrollTop = top;
    this.#top = this.element.scrollTop;
    this.#draw();
  }

  /** Scroll by a number of rows, because rows have come or gone above those in sight. */
  shift(rows: number): void {
    if (rows !== 0 && this.#top > 0) this.scrollTo(this.#top + rows * ROW_PIXELS);
  }

  #draw(): void {
    const list = this.#list;
    if (!list) return;
    this.#syncColumns(list.columns);
    const total = Math.min(MAX_TABLE_ROWS, list.total);
    setAttribute(this.#table, "aria-rowcount", String(total + 1));
    setAttribute(this.#table, "aria-busy", list.isMissing ? "true" : undefined);
    const { first, count } = this.sight;
    const range = clip(first - MARGIN_ROWS, first + count + MARGIN_ROWS, total);
    const positions = Array.from({ length: range.count }, (_, row) => range.first + row);
    const rows = positions.flatMap((position) => list.at(position) ?? []);
    const [top] = positions.filter((position) => list.at(position));
    this.#syncRows(list, rows, top ?? range.first);
    setHeight(this.#above, top ?? range.first);
    setHeight(this.#below, total - (top ?? range.first) - rows.length);
    const isWider = rows.map(({ label, cells }) => this.#widths.add([label, ...cells])).includes(true);
    if (isWider) this.#setWidths();
  }

  #syncColumns(columns: readonly string[]): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#widths = new ColumnWidths([BATCH_TEXT.row, ...columns]);
    const names = [BATCH_TEXT.row, BATCH_TEXT.state, ...columns];
    const headers = names.map((name) =>
      element("th", "", { scope: "col" }, ...revealInvisible(name, proseMarking(name))),
    );
    this.#head.replaceChildren(...headers);
    this.#setWidths();
  }

  /** Set the columns' widths. The cells take the room that is left, as the name and the state need no more. */
  #setWidths(): void {
    const [label = 0, ...cells] = this.#widths.widthsEm;
    const ownWidth = label + STATE_WIDTH_EM;
    const cellWidth = cells.reduce((sum, width) => sum + width, 0);
    const emPixels = Number.parseFloat(getComputedStyle(this.#table).fontSize);
    const stretch = Math.max(1, (this.#width / emPixels - ownWidth) / cellWidth) || 1;
    const widths = [label, STATE_WIDTH_EM, ...cells.map((width) => width * stretch)];
    setColumnWidths([...this.#head.children] as HTMLElement[], widths);
    this.#table.style.width = `${ownWidth + cellWidth * stretch}em`;
  }

  /** Draw rows that follow each other. A row that was drawn before keeps its elements. */
  #syncRows(list: RowList, rows: readonly Row[], first: number): void {
    const drawn = new Set(rows.map(({ index }) => index));
    for (const [index, view] of this.#views) {
      if (drawn.has(index)) continue;
      view.node.remove();
      this.#views.delete(index);
    }
    let next = this.#above.nextSibling;
    for (const [offset, row] of rows.entries()) {
      const view = this.#views.get(row.index) ?? new RowView(row.index, this.#retry);
      this.#views.set(row.index, view);
      view.sync(row, first + offset, this.#columns.length, list.canRetry, list.isAsked(row.index));
      if (view.node === next) next = next.nextSibling;
      else this.#body.insertBefore(view.node, next);
    }
  }

  #watchPresses(signal: AbortSignal): void {
    this.#body.addEventListener(
      "pointerdown",
      ({ target }) => {
        this.#isPressed = (target as Element).closest("button") !== null;
      },
      { signal },
    );
    for (const end of ["pointerup", "pointercancel"]) {
      addEventListener(
        end,
        () => {
          if (!this.#isPressed) return;
          this.#isPressed = false;
          // The click event comes after this one, and the button must still be in its place then.
          setTimeout(() => this.#draw());
        },
        { signal },
      );
    }
  }
}

/** Make a row that takes the place of those that are not drawn. */
function spacer(): HTMLTableRowElement {
  const hidden = { role: "presentation", "aria-hidden": "true" };
  return element("tr", "nbstream-row-space", hidden, element("td", ""));
}

function setHeight(space: HTMLElement, rows: number): void {
  const height = `${Math.max(0, rows) * ROW_PIXELS}px`;
  const cell = space.firstElementChild as HTMLElement;
  if (cell.style.height !== height) cell.style.height = height;
  setAttribute(space, "hidden", rows > 0 ? undefined : "");
}

/** Give a text that its cell cuts off as the cell's title. */
function showCutText({ target }: Event): void {
  const cell = (target as Element).closest("td");
  if (!cell) return;
  const isCut = cell.scrollWidth > cell.clientWidth;
  setAttribute(cell, "title", isCut ? escapeControls(cell.textContent) : undefined);
}
