/** The asset that lays out structured output, `static/output.js`: as Markdown, comma-separated values, and JSON. */

import { outputMarkdown } from "../core/saved/output-markdown.ts";
import { type JsonNode, parsePartial } from "../core/saved/partial-json.ts";
import type { ConvertOutput } from "../view/markdown/assets.ts";

const convertOutput: ConvertOutput = (format, text, columns) => {
  switch (format) {
    case "markdown":
      return outputMarkdown(text, columns);
    case "csv":
      return toCsv(text);
    case "json":
      return toLines(text);
    default:
      return format satisfies never;
  }
};

export default convertOutput;

/** Indent complete JSON. Numbers stay as they are written, where JavaScript would round them. */
function toLines(text: string): string {
  const { root, rest } = parsePartial(text);
  return root?.isComplete && !rest ? write(root, "\n") : text;
}

/** @param lineBreak The line break and the indentation of this value; undefined for JSON in one line. */
function write({ kind, text, items, keys }: JsonNode, lineBreak?: string): string {
  if (kind === "literal") return text;
  if (kind === "string") return JSON.stringify(text);
  const [open, close] = kind === "array" ? "[]" : "{}";
  if (items.length === 0) return `${open}${close}`;
  const inner = lineBreak === undefined ? undefined : `${lineBreak}  `;
  const parts = items.map((item, index) => {
    const name = kind === "object" ? `${JSON.stringify(keys[index])}: ` : "";
    return (inner ?? "") + name + write(item, inner);
  });
  return open + parts.join(inner === undefined ? ", " : ",") + (lineBreak ?? "") + close;
}

/**
 * Return the rows of the answer, each ended by CR and LF (RFC 4180). The rows are the objects of a list, at
 * the root or as the only list in an object; any other object is one row.
 */
function toCsv(text: string): string {
  const { root } = parsePartial(text);
  if (!root) return text;
  const lists = root.items.filter(({ kind, items }) => kind === "array" && items[0]?.kind === "object");
  const list = root.kind === "array" ? root : lists.length === 1 ? lists[0] : undefined;
  const rows = list?.items ?? [root];
  const names = [...new Set(rows.flatMap((row) => (row.kind === "object" ? row.keys : [])))];
  if (names.length === 0) return [["value"], ...rows.map((row) => [cell(row)])].map(csvLine).join("");
  const lines = rows.map((row) => names.map((name) => cell(row.items[row.keys.indexOf(name)])));
  return [names, ...lines].map(csvLine).join("");
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
  return `${quoted.join(",")}\r\n`;
}

/** Return a value as the text of a cell: nothing for `null`, and a list or an object as JSON. */
function cell(node: JsonNode | undefined): string {
  if (!node || (node.kind === "literal" && node.text === "null")) return "";
  return node.items.length > 0 || node.kind === "array" || node.kind === "object" ? write(node) : node.text;
}
