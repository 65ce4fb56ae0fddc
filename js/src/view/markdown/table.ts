/**
 * View of a table. The table is cut into pieces with the same columns, because a browser always lays out a
 * whole table element, even if only its end has changed.
 */

import type { Cell, Inline, Table } from "../../core/markdown/tree.ts";
import { BLOCK_TEXT } from "../../core/page-text.ts";
import { element, setAttribute, setColumnWidths } from "../base/dom.ts";
import type { RenderContext } from "./context.ts";
import { Direction } from "./direction.ts";
import { type Box, type ChildView, GrowingList } from "./growing-list.ts";
import { InlineList } from "./inline.ts";

/** How many rows a piece has. Of 16, 32 and 48 rows, 16 were the fastest. */
const PIECE_ROWS = 16;

type Row = readonly Cell[];

/** A number as people write it: with a sign, a currency, separators, an exponent or a percent sign. */
const NUMBER = /^[-+−]?[$€£¥]?\s?\d[\d.,'\u00a0\u202f]*(?:[eE][-+]?\d+)?\s?%?$/;

/** The decimals of a number with their mark. A comma before three digits separates thousands. */
const DECIMALS = /^[^.]*(\.\d+)\D*$|^[^,]*(,(?!\d{3}(?!\d))\d+)\D*$/;

/**
 * The view of a table.
 *
 * Each piece is a table element, so that copied text has tabs between the cells. Screen readers see one table
 * around the pieces, and in it each piece as a group of rows.
 */
export class TableView implements ChildView<Table> {
  readonly node: HTMLElement;
  readonly #context: RenderContext;
  readonly #pieces = element("div", "nbstream-table", { role: "table" });
  readonly #tables: HTMLTableElement[] = [];
  /** The first row of each piece. */
  readonly #firstRows: RowView[] = [];
  #head: RowView | undefined;
  #rows: GrowingList<Row> | undefined;
  #table: Table | undefined;
  /** The widths of the columns. They are measured once, when the first piece is full. */
  #widthsEm: number[] | undefined;
  #layoutObserver: ResizeObserver | undefined;
  #isCut = false;
  readonly #direction: Direction;

  constructor(context: RenderContext) {
    this.#context = context;
    const attributes = { tabindex: "0", role: "group", "aria-label": BLOCK_TEXT.table };
    this.node = element("div", "nbstream-table-box", attributes, this.#pieces);
    this.#direction = new Direction(this.node);
  }

  canShow(table: Table): boolean {
    return this.#table === undefined || hasSameColumns(this.#table, table);
  }

  sync(table: Table, isFinal: boolean): void {
    this.#head ??= this.#start(table);
    this.#head.sync(table.head, isFinal || table.settled > 0);
    const settled = isFinal ? table.rows.length : table.settled;
    this.#table = table;
    this.#direction.sync(firstTexts(table), 0, isFinal);
    if (isCut(table) && !this.#isCut) {
      this.#isCut = true;
      // The widths are measured while only the first piece is on the page, even if many rows come at once.
      this.#rows?.sync(table.rows.slice(0, PIECE_ROWS), Math.min(PIECE_ROWS, settled));
      this.#measureColumns();
    }
    this.#rows?.sync(table.rows, settled);
    if (settled > 0) this.#head.alignAbove(this.#tables[0]?.tBodies[0]?.rows[0]);
    if (isFinal) {
      this.#context.announce(BLOCK_TEXT.tableRows(table.rows.length));
      this.#context.schedule(() => alignDecimals(this.node));
    }
  }

  #start(table: Table): RowView {
    const head = new RowView("th", table, this.#context);
    const first = this.#createPiece(element("thead", "", { role: "presentation" }, head.node));
    this.#pieces.append(first.outer);
    this.#firstRows.push(head);
    this.#rows = new GrowingList<Row>({
      childrenPerBox: PIECE_ROWS,
      host: first.inner,
      boxParent: this.#pieces,
      createBox: () => this.#createPiece(),
      createView: (_, index) => this.#createRow(table, index),
    });
    return head;
  }

  #createRow(table: Table, index: number): RowView {
    const row = new RowView("td", table, this.#context);
    if (index === 0 || index % PIECE_ROWS !== 0) return row;
    this.#firstRows[index / PIECE_ROWS] = row;
    if (this.#widthsEm) row.setWidths(this.#widthsEm);
    return row;
  }

  #createPiece(...head: Node[]): Box {
    const inner = element("tbody", "", { role: "presentation" });
    const outer = element("table", "", { role: "rowgroup" }, ...head, inner);
    this.#tables.push(outer);
    if (this.#widthsEm) fixColumns(outer, this.#widthsEm);
    return { outer, inner };
  }

  /**
   * Measure the widths of the columns and fix them. A table that is not laid out has no widths yet, and is
   * measured later.
   */
  #measureColumns(): void {
    const cells = [...(this.#head?.node.children ?? [])];
    const emPixels = Number.parseFloat(getComputedStyle(this.#pieces).fontSize);
    const widthsEm = cells.map(
      (cell) => Math.round((cell.getBoundingClientRect().width / emPixels) * 100) / 100,
    );
    if (!widthsEm.every((width) => width > 0)) {
      this.#measureAfterLayout();
      return;
    }
    this.#widthsEm = widthsEm;
    for (const table of this.#tables) fixColumns(table, widthsEm);
    for (const row of this.#firstRows) row.setWidths(widthsEm);
  }

  #measureAfterLayout(): void {
    if (this.#layoutObserver) return;
    this.#layoutObserver = new ResizeObserver((_, observer) =>
      this.#context.schedule(() => {
        this.#measureColumns();
        if (this.#widthsEm) observer.disconnect();
      }),
    );
    this.#layoutObserver.observe(this.node);
  }
}

/** Whether a table has several pieces. The widths of their columns are measured on the page. */
export function isCut({ rows }: Table): boolean {
  return rows.length > PIECE_ROWS;
}

/** The inlines that decide the table's writing direction. */
function firstTexts({ head, rows }: Table): readonly Inline[] {
  return [head, ...rows.slice(0, PIECE_ROWS)].flat(2);
}

function hasSameColumns(a: Table, b: Table): boolean {
  return a.align.length === b.align.length && a.align.every((align, index) => align === b.align[index]);
}

/** Give each number of a column as many decimals as the longest has; those that are added do not show. */
function alignDecimals(table: Element): void {
  const cells = [...table.querySelectorAll<HTMLTableCellElement>("td.nbstream-number")];
  const longest: string[] = [];
  for (const cell of cells) {
    const own = decimalsOf(cell);
    if (own.length > (longest[cell.cellIndex] ?? "").length) longest[cell.cellIndex] = own;
  }
  for (const cell of cells) {
    const missing = longest[cell.cellIndex]?.slice(decimalsOf(cell).length);
    if (missing) setAttribute(cell, "data-decimals", missing);
  }
}

function decimalsOf({ textContent }: Element): string {
  return DECIMALS.exec(textContent)?.slice(1).join("") ?? "";
}

function fixColumns(table: HTMLTableElement, widthsEm: readonly number[]): void {
  table.classList.add("nbstream-fixed");
  setColumnWidths([table], [widthsEm.reduce((sum, width) => sum + width, 0)]);
}

class RowView implements ChildView<Row> {
  readonly node = element("tr", "", { role: "row" });
  readonly #tag: "td" | "th";
  readonly #table: Table;
  readonly #context: RenderContext;
  readonly #cells: InlineList[] = [];
  /** The widths of the columns, if this is the first row of its piece: it decides the columns of a piece. */
  #widthsEm: readonly number[] = [];

  constructor(tag: "td" | "th", table: Table, context: RenderContext) {
    this.#tag = tag;
    this.#table = table;
    this.#context = context;
  }

  canShow(): boolean {
    return true;
  }

  sync(row: Row, isFinal: boolean): void {
    if (isFinal) this.#context.rebuilders.set(row, () => this.#rebuild(row));
    while (this.#cells.length > row.length) {
      this.#cells.pop();
      this.node.lastChild?.remove();
    }
    while (this.#cells.length < row.length) this.#addCell();
    for (const [index, cell] of this.#cells.entries()) {
      const inlines = row[index] ?? [];
      cell.sync(inlines, isFinal ? inlines.length : 0);
    }
    if (isFinal && this.#tag === "td") this.#markNumbers(row);
  }

  #markNumbers(row: Row): void {
    let cell = this.node.firstElementChild;
    for (const [inline, ...others] of row) {
      // The text of most cells is one inline; that of others is read from the page.
      const text = inline?.kind === "text" && others.length === 0 ? inline.text : cell?.textContent;
      if (text && NUMBER.test(text)) cell?.classList.add("nbstream-number");
      cell = cell?.nextElementSibling ?? null;
    }
  }

  /** Align the names of columns as the numbers in this row, the first one below them. */
  alignAbove(row: HTMLTableRowElement | undefined): void {
    for (const [index, cell] of [...this.node.children].entries()) {
      const isNumber = row?.cells[index]?.classList.contains("nbstream-number") === true;
      if (isNumber !== cell.classList.contains("nbstream-number"))
        cell.classList.toggle("nbstream-number", isNumber);
    }
  }

  setWidths(widthsEm: readonly number[]): void {
    this.#widthsEm = widthsEm;
    setColumnWidths([...this.node.children] as HTMLElement[], widthsEm);
  }

  #addCell(): void {
    const align = this.#table.align[this.#cells.length] ?? "none";
    const role = this.#tag === "td" ? { role: "cell" } : { role: "columnheader", scope: "col" };
    const cell = element(this.#tag, "", align === "none" ? role : { ...role, "data-align": align });
    const width = this.#widthsEm[this.#cells.length];
    if (width !== undefined) setColumnWidths([cell], [width]);
    this.#cells.push(new InlineList(cell, this.#context));
    this.node.append(cell);
  }

  #rebuild(row: Row): void {
    for (const [index, cell] of this.#cells.entries()) {
      const inlines = row[index] ?? [];
      cell.rebuild(inlines, inlines.length);
    }
  }
}
