/** A table, cut into pieces with the same columns: no browser lays out one long table bit by bit. */

import type { Cell, Table } from "../../core/markdown/tree.ts";
import { element, setColumnWidths } from "../base/dom.ts";
import type { RenderContext } from "./context.ts";
import { type Box, type ChildView, GrowingList } from "./growing-list.ts";
import { InlineList } from "./inline.ts";

/** Rows of a piece; 16 was fastest of 16, 32 and 48. */
const ROWS = 16;

type Row = readonly Cell[];

/**
 * The pieces are tables, so that what is copied from them has tabs between its cells; screen readers are told
 * of one table around them, of which the pieces are groups of rows.
 */
export class TableView implements ChildView<Table> {
  readonly node: HTMLElement;
  readonly #context: RenderContext;
  readonly #pieces = element("div", "nbstream-table", { role: "table" });
  #tables: HTMLTableElement[] = [];
  #head: RowView | undefined;
  #rows: GrowingList<Row> | undefined;
  #shown: Table | undefined;
  /** Of the columns, in em; measured once, when the first piece is full. */
  #widths: number[] | undefined;
  #waiting: ResizeObserver | undefined;
  #cut = false;

  constructor(context: RenderContext) {
    this.#context = context;
    const box = { tabindex: "0", role: "group", "aria-label": "Table", dir: "auto" };
    this.node = element("div", "nbstream-table-box", box, this.#pieces);
  }

  canShow(table: Table): boolean {
    return this.#shown === undefined || sameColumns(this.#shown, table);
  }

  sync(table: Table, final: boolean): void {
    if (this.#shown !== table) {
      this.#shown = table;
      this.#context.rebuilders.set(table, () => this.#redo(table));
    }
    this.#head ??= this.#start(table);
    this.#head.sync(table.head, final || table.settled > 0);
    const settled = final ? table.rows.length : table.settled;
    if (table.rows.length > ROWS && !this.#cut) {
      this.#cut = true;
      // However many rows come at once, the first piece alone says how wide the columns are.
      this.#rows?.sync(table.rows.slice(0, ROWS), Math.min(ROWS, settled));
      this.#measure();
    }
    this.#rows?.sync(table.rows, settled);
    if (final) this.#context.announce(`Table, ${table.rows.length} rows`);
  }

  #redo(table: Table): void {
    this.#pieces.replaceChildren();
    this.#tables = [];
    this.#head = this.#start(table);
    this.#head.sync(table.head, true);
    this.#rows?.sync(table.rows, table.settled);
  }

  #start(table: Table): RowView {
    const head = new RowView("th", table, this.#context);
    const first = this.#piece(element("thead", "", { role: "presentation" }, head.node));
    this.#pieces.append(first.outer);
    this.#rows = new GrowingList<Row>({
      childrenPerBox: ROWS,
      host: first.inner,
      boxParent: this.#pieces,
      createBox: () => this.#piece(),
      createView: () => new RowView("td", table, this.#context),
    });
    return head;
  }

  #piece(...head: Node[]): Box {
    const columns = element("colgroup", "");
    for (const _ of this.#shown?.align ?? []) columns.append(element("col", ""));
    const inner = element("tbody", "", { role: "presentation" });
    const outer = element("table", "", { role: "rowgroup" }, columns, ...head, inner);
    this.#tables.push(outer);
    if (this.#widths) fix(outer, this.#widths);
    return { outer, inner };
  }

  /** What is not laid out has no widths yet. */
  #measure(): void {
    const cells = [...(this.#head?.node.children ?? [])];
    const size = Number.parseFloat(getComputedStyle(this.#pieces).fontSize);
    const widths = cells.map((cell) => Math.round((cell.getBoundingClientRect().width / size) * 100) / 100);
    if (!widths.every((width) => width > 0)) {
      this.#wait();
      return;
    }
    this.#widths = widths;
    for (const table of this.#tables) fix(table, widths);
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = new ResizeObserver((_, observer) =>
      this.#context.schedule(() => {
        this.#measure();
        if (this.#widths) observer.disconnect();
      }),
    );
    this.#waiting.observe(this.node);
  }
}

function sameColumns(a: Table, b: Table): boolean {
  return a.align.length === b.align.length && a.align.every((align, index) => align === b.align[index]);
}

function fix(table: HTMLTableElement, widths: readonly number[]): void {
  const whole = widths.reduce((sum, width) => sum + width, 0);
  table.classList.add("nbstream-fixed");
  setColumnWidths([table, ...(table.querySelectorAll("col") ?? [])], [whole, ...widths]);
}

class RowView implements ChildView<Row> {
  readonly node = element("tr", "", { role: "row" });
  readonly #lines: InlineList[] = [];

  constructor(tag: "td" | "th", table: Table, context: RenderContext) {
    for (const align of table.align) {
      const role = tag === "td" ? { role: "cell" } : { role: "columnheader", scope: "col" };
      const cell = element(tag, "", align === "none" ? role : { ...role, "data-align": align });
      this.#lines.push(new InlineList(cell, context));
      this.node.append(cell);
    }
  }

  canShow(): boolean {
    return true;
  }

  sync(row: Row, final: boolean): void {
    for (const [index, line] of this.#lines.entries()) {
      const cell = row[index] ?? [];
      line.sync(cell, final ? cell.length : 0);
    }
  }
}
