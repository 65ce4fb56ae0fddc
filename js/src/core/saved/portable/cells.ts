/** Tables: the pipes of formulas and code in a cell, and of a table with one column. */

import { codeElement } from "../safe-inline.ts";
import { MATH, PREFIX, rewriteBetween } from "./code.ts";

/** The most characters of a table's head that has no pipe. `FIRST_CELL_CHARS` of the page has the same value. */
const MAX_HEAD_CHARS = 100;

const START = new RegExp(`^${PREFIX}`);
const DELIMITERS = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/;
const PIPE = /(?<!\\)\|/g;
const PIPE_BETWEEN = /(?<!\\)\|/;
const CELL_MATH = new RegExp(String.raw`${MATH}|\\\\?\([^\n$\x60]*?\\\)`, "g");

/** Write out the pipes in formulas and code of a table's rows that would otherwise have too many cells. */
export function closeCells(lines: readonly string[]): readonly string[] {
  const bare = lines.map((line) => line.replace(START, ""));
  const at = bare.findIndex((line, n) => n > 0 && isDelimiters(line));
  if (at < 0) return lines;
  const columns = countCells(bare[at] as string);
  const closed = lines.map((line, n) => (n >= at - 1 ? closeRow(line, columns) : line));
  const head = (closed[at - 1] as string).replace(START, "");
  const isTable = countCells(head) === columns && (head.includes("|") || [...head].length <= MAX_HEAD_CHARS);
  return isTable ? frameTable(closed, at, columns) : closed;
}

/** Write as many cells in each row as the table has columns, and the pipes around them. */
function frameTable(lines: readonly string[], at: number, columns: number): readonly string[] {
  const head = lines[at - 1] as string;
  const size = lines.slice(at).findIndex((line) => !goesOn(line, head));
  const end = size < 0 ? lines.length : at + size;
  const rows = lines.slice(at - 1, end);
  const missing = rows.map((row) => columns - countCells(row.replace(START, "")));
  if (missing.every((count) => count === 0) && rows.every(isFramed)) return lines;
  const total = missing.reduce((sum, count) => sum + count, 0);
  if (total > rows.reduce((sum, row) => sum + row.length, 0)) return lines;
  return [...lines.slice(0, at - 1), ...rows.map((row) => framed(row, columns)), ...lines.slice(end)];
}

/** Whether a line is in the same quotes and items as the head of a table, and begins no others. */
function goesOn(row: string, head: string): boolean {
  const [first, before] = [prefix(head), prefix(row)];
  const isInside = /[^ \t>]/.test(first) ? before.length >= first.length : true;
  return /^[ \t>]*$/.test(before) && before.split(">").length === first.split(">").length && isInside;
}

function isDelimiters(line: string): boolean {
  return /[|:]/.test(line) && DELIMITERS.test(line.trimEnd());
}

function prefix(row: string): string {
  return START.exec(row)?.[0] ?? "";
}

function isFramed(row: string): boolean {
  const bare = row.replace(START, "").trimEnd();
  return bare.startsWith("|") && bare.endsWith("|") && !bare.endsWith("\\|") && bare.length > 1;
}

function framed(row: string, columns: number): string {
  const before = prefix(row);
  const cells = trimmed(row.slice(before.length)).split(PIPE_BETWEEN).map(trimmed);
  if (cells.length > 1 && cells[0]?.trim() === "") cells.shift();
  if (cells.length > 1 && cells.at(-1)?.trim() === "") cells.pop();
  const padded = Array.from({ length: columns }, (_, n) => cells[n] ?? "");
  return `${before}| ${padded.join(" | ")} |`;
}

function trimmed(cell: string): string {
  return cell.replace(/^[ \t]+/, "").replace(/(?<![ \t])[ \t]+$/, "");
}

function countCells(written: string): number {
  const row = written.replace(/^[ \t]+/, "").trimEnd();
  const closes = row.endsWith("|") && !row.endsWith("\\|") && row.length > 1;
  return (row.match(PIPE)?.length ?? 0) + 1 - Number(row.startsWith("|")) - Number(closes);
}

/** Write out the pipes in a row's formulas and code, if it has too many cells or escapes in code. */
function closeRow(row: string, columns: number): string {
  if (countCells(row.replace(START, "")) <= columns && !row.includes("\\|")) return row;
  const closed = rewriteBetween(
    row,
    (piece) => piece.replace(CELL_MATH, (math) => math.replace(PIPE, "\\vert ")),
    (span, ticks) => (span.includes("|") ? codeElement(span.replaceAll("\\|", "|"), ticks) : span),
  );
  return countCells(closed.replace(START, "")) >= columns ? closed : row;
}
