/** Tables (GFM §4.10): their rows, their cells, and the delimiter row that makes a paragraph a table. */

import { opaqueRanges, type Parsed, parseInlines, type Range } from "./inline.ts";
import type { Journal } from "./journal.ts";
import type { References } from "./references.ts";
import { rowSource } from "./revision.ts";
import type { Align, Cell, Table } from "./tree.ts";

/**
 * A table with more columns than this stays text, because each of its rows would be filled up with empty
 * cells to the width of the head.
 */
const MAX_COLUMNS = 128;

/** A line longer than this is not taken for the head of a table. */
export const MAX_HEAD_CHARS = 4096;

/**
 * A line without a pipe among its first characters, this many, is not taken for the head either. A head of one
 * column needs no pipe, and is short.
 */
const FIRST_CELL_CHARS = 100;

/**
 * Whether a line may become the head of a table with its next line. As long as it may, no part of it is settled
 * as a paragraph.
 */
export function mayBeHead(line: string): boolean {
  if (line.length <= FIRST_CELL_CHARS) return true;
  return line.length <= MAX_HEAD_CHARS && line.lastIndexOf("|", FIRST_CELL_CHARS) >= 0;
}

/** A delimiter row of at most `MAX_COLUMNS` cells. */
const DELIMITERS = new RegExp(
  String.raw`^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*){0,${MAX_COLUMNS - 1}}(?:\|[ \t]*)?$`,
);

/**
 * Split a row into its cells as written: at most `MAX_COLUMNS`, and one more to show that there are too many.
 * A pipe behind a backslash is not a border, even in code, and neither is one in these ranges.
 */
export function cellsOf(row: string, ranges: readonly Range[] = []): string[] {
  const cells: string[] = [];
  let cell = "";
  let from = 0;
  let next = 0;
  for (let at = row.indexOf("|"); at >= 0 && cells.length < MAX_COLUMNS + 2; at = row.indexOf("|", at + 1)) {
    const escaped = row[at - 1] === "\\";
    while ((ranges[next]?.end ?? at + 1) <= at) next++;
    if (!escaped && (ranges[next]?.start ?? at) < at) continue;
    cell += row.slice(from, escaped ? at - 1 : at);
    from = escaped ? at : at + 1;
    if (escaped) continue;
    cells.push(cell.trim());
    cell = "";
  }
  cells.push((cell + row.slice(from)).trim());
  if (cells[0] === "" && row.trimStart().startsWith("|")) cells.shift();
  if (cells.length > 0 && cells.at(-1) === "" && row.trimEnd().endsWith("|")) cells.pop();
  return cells;
}

/**
 * Split a row of a table with this many columns. A reader sees a formula or code with a pipe inside as one
 * thing; if the row has too many cells, its formulas and code are kept whole.
 */
function cellsIn(row: string, columns: number, references: References): string[] {
  const cells = cellsOf(row);
  if (cells.length <= columns) return cells;
  const whole = cellsOf(row, opaqueRanges(row, references));
  return whole.length < columns ? cells : whole;
}

function alignOf(cell: string): Align {
  if (cell.startsWith(":")) return cell.endsWith(":") ? "center" : "left";
  return cell.endsWith(":") ? "right" : "none";
}

/** Return the alignments of the columns, if `line` is the delimiter row of the head `head`. */
export function alignsOf(head: string, line: string, references: References): Align[] | undefined {
  if (!mayBeHead(head) || !DELIMITERS.test(line)) return undefined;
  const aligns = cellsOf(line).map(alignOf);
  return cellsIn(head, aligns.length, references).length === aligns.length ? aligns : undefined;
}

/** A table that grows by rows. */
export class Grid {
  readonly table: Table;
  readonly #references: References;

  /** `aligns` is undefined while the head's delimiter row has not come. */
  constructor(references: References, head: string, aligns: readonly Align[] | undefined, open: boolean) {
    this.#references = references;
    const cells = cellsIn(head, aligns?.length ?? 0, references).slice(0, MAX_COLUMNS);
    const align = aligns ?? cells.map(() => "none" as const);
    const parsed = this.#parse(cells, open);
    const nodes = parsed.map((cell) => cell.nodes);
    this.table = { kind: "table", align, head: nodes, rows: [], settled: 0 };
    if (aligns) this.#wait(nodes, parsed, cells);
  }

  /** Add a row. With `open`, the row is still being written. */
  row(line: string, open: boolean, journal: Journal): void {
    const { table } = this;
    const cells = cellsIn(line, table.align.length, this.#references).slice(0, table.align.length);
    const parsed = this.#parse(cells, open);
    const row = parsed.map((cell) => cell.nodes);
    this.#fill(row, !journal.provisional);
    journal.append(table.rows, row);
    if (journal.provisional) return;
    this.#wait(row, parsed, cells);
    table.settled = table.rows.length;
  }

  /** Complete a row with empty cells, as far as the document's budget allows. */
  #fill(row: Cell[], final: boolean): void {
    const missing = Math.min(this.table.align.length - row.length, this.#references.fillableCells);
    for (let n = 0; n < missing; n++) row.push([]);
    if (final) this.#references.fillableCells -= missing;
  }

  #parse(cells: readonly string[], open: boolean): Parsed[] {
    return cells.map((cell, n) => parseInlines(cell, this.#references, open && n === cells.length - 1));
  }

  /** Have a row's cells parsed again, in place, when a definition or a number that they refer to comes. */
  #wait(row: Cell[], parsed: readonly Parsed[], cells: readonly string[]): void {
    const missed = parsed.flatMap((cell) => [...cell.missed]);
    const notes = parsed.flatMap((cell) => [...cell.notes]);
    this.#references.number(parsed.flatMap((cell) => [...cell.fresh.keys()]));
    if (missed.length === 0 && notes.length === 0) return;
    this.#references.wait(rowSource(row, cells, this.#references), missed, notes);
  }
}
