/**
 * Structured output as Markdown: a list of objects is a table, and an object is one with a row for each field.
 * The Markdown of a part of an answer is always the beginning of the whole answer's. The twin of
 * `src/nbstream/core/saved/output_markdown.py`; `tests/fixtures/output_markdown.json` tests both.
 */

import { missingLineEnds } from "../turn-text.ts";
import type { Columns } from "./output-columns.ts";
import { type JsonNode, parsePartial } from "./partial-json.ts";

/** The deepest value that is written out. A deeper one is an ellipsis. */
const MAX_DEPTH = 20;

const EMPTY_LIST = "*No items*";
/** An answer that is `null` or an empty text alone. */
const NOTHING = "*Empty*";

const FIELD_HEAD = "| Field | Value |\n| --- | --- |\n";

/** Characters that Markdown could take for marks, known by those before them, as the text may still grow. */
const MARK =
  /[\\`*[<|~$&@]|(?<![A-Za-z0-9])_|(?<=www)\.|(?<=http|https|ftp|mailto|xmpp):|^[#+=>-]|^[0-9]{1,9}[.)]/gi;

type Column = readonly [name: string, isNumber: boolean];

/** Return the Markdown of an answer that is JSON, as far as it came. Any other text is returned as it is. */
export function outputMarkdown(text: string, columns: Columns): string {
  const { root, rest } = parsePartial(text);
  if (!root) return rest;
  const markdown = valueMarkdown("", root, [], columns);
  return rest ? markdown + missingLineEnds(markdown) + rest : markdown;
}

/** Return `before` with a value after it. */
function valueMarkdown(before: string, node: JsonNode, path: readonly string[], columns: Columns): string {
  if (node.kind === "object") return fieldsMarkdown(before, node, path, columns);
  if (node.kind === "array") return listMarkdown(before, node, columns[path.join(".")]);
  return before + (inline(node) || (node.isComplete ? NOTHING : ""));
}

function listMarkdown(before: string, node: JsonNode, known: unknown): string {
  const table = columnsOf(node, known);
  let markdown = before;
  if (table.length > 0) {
    markdown += `| ${table.map(([name]) => escapeMarks(name)).join(" | ")} |\n`;
    markdown += `| ${table.map(([, isNumber]) => (isNumber ? "---:" : "---")).join(" | ")} |\n`;
  }
  const names = table.map(([name]) => name);
  for (const item of node.items) {
    if (names.length > 0) markdown += rowMarkdown(item, names);
    else if (item.kind !== "object" || node.items[0]?.kind !== "object")
      markdown += `- ${inline(item)}${item.isComplete ? "\n" : ""}`;
  }
  if (node.isComplete && node.items.length === 0) markdown += missingLineEnds(markdown) + EMPTY_LIST;
  return markdown;
}

/** Return the cells of a row up to the first one that has not come, so that the row only grows. */
function rowMarkdown(item: JsonNode, names: readonly string[]): string {
  let row = "|";
  for (const [index, name] of names.entries()) {
    const cell = item.kind === "object" ? member(item, name) : index === 0 ? item : undefined;
    if (!cell && !item.isComplete) return row;
    row += cell ? ` ${inline(cell)}` : " ";
    if (cell && !cell.isComplete) return row;
    row += " |";
  }
  return item.isComplete ? `${row}\n` : row;
}

/** Return a table with a row for each field. A field that is a table itself interrupts it. */
function fieldsMarkdown(before: string, node: JsonNode, path: readonly string[], columns: Columns): string {
  let markdown = before;
  let isInTable = false;
  for (const [index, item] of node.items.entries()) {
    const key = node.keys[index] ?? "";
    const inner = [...path, key];
    const first = item.items[0];
    if (
      item.kind === "object" ||
      (item.kind === "array" && columnsOf(item, columns[inner.join(".")]).length > 0)
    ) {
      markdown += `${missingLineEnds(markdown)}**${escapeMarks(inner.join("."))}**\n\n`;
      markdown = valueMarkdown(markdown, item, inner, columns);
      isInTable = false;
    } else if (item.kind !== "array" || item.isComplete || (first && first.kind !== "object")) {
      if (!isInTable) markdown += missingLineEnds(markdown) + FIELD_HEAD;
      isInTable = true;
      markdown += `| ${escapeMarks(key)} | ${inline(item)}${item.isComplete ? " |\n" : ""}`;
    }
  }
  return markdown;
}

/** List the columns of a list. There are none if it is no table, or if its first row has not come. */
function columnsOf(node: JsonNode, known: unknown): readonly Column[] {
  if (Array.isArray(known))
    return known.flatMap((pair): Column[] =>
      Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string"
        ? [[pair[0], Boolean(pair[1])]]
        : [],
    );
  const first = node.items[0];
  if (first?.kind !== "object" || !first.isComplete) return [];
  return [...new Set(first.keys)].map((name) => [name, isNumber(member(first, name))]);
}

function member(node: JsonNode, name: string): JsonNode | undefined {
  return node.items[node.keys.indexOf(name)];
}

function isNumber(node: JsonNode | undefined): boolean {
  return node?.kind === "literal" && !["true", "false", "null"].includes(node.text);
}

/** Return a value in one line; `null` is empty. */
function inline(node: JsonNode, depth = MAX_DEPTH): string {
  if (node.kind === "string") return escapeMarks(node.text);
  if (node.kind === "literal") return node.text === "null" ? "" : node.text;
  if (depth === 0) return "…";
  const parts = node.items.map((item) => inline(item, depth - 1));
  if (node.kind === "array") return parts.join(", ");
  return parts.map((part, index) => `${escapeMarks(node.keys[index] ?? "")}: ${part}`).join(", ");
}

function escapeMarks(text: string): string {
  const line = text.replace(/[\r\n\t]/g, " ").replace(/^ +/, "");
  return line.replace(MARK, (mark) => `${mark.slice(0, -1)}\\${mark.slice(-1)}`);
}
