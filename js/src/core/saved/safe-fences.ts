/**
 * Fences of sanitised Markdown. The twin of `src/nbstream/core/saved/safe_fences.py`, which explains each rule.
 */

/** The column up to which a fence keeps its indentation, which every line of its code gets. */
const MAX_FENCE_COLUMN = 100;

export const OPENING =
  /^((?:[ \t]*>)*)([ \t]*)((?:(?:[-*+]|[0-9]{1,9}[.)])[ ]{1,4})?)(`{3,}(?=[^`]*$)|~{3,})[ \t]*([A-Za-z0-9_+#.-]*)/;
const RULER = /^[ \t]*[-=|:+][-=|:+ \t]*$/;
const MARKDOWN = new Set(["markdown", "md", "mdx", "qmd", "rmd"]);
const INNER = /^[ \t]*(`{3,}|~{3,})[ \t]*(?:[A-Za-z][A-Za-z0-9_+#.-]{0,39}[ \t]*)?$/;
const MARKERS = /^[ \t]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)+/;

export function isBlank(line = ""): boolean {
  return /^[ \t]*$/.test(line);
}

function expandTabs(text: string): string {
  let out = "";
  for (const char of text) out += char === "\t" ? " ".repeat(4 - (out.length % 4)) : char;
  return out;
}

function leadingSpace(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

export function indentColumns(line: string): number {
  return expandTabs(leadingSpace(line)).length;
}

/** Update the columns at which the content of the open list items begins; return the innermost. */
export function updateListItems(items: number[], line: string): number {
  if (!isBlank(line)) {
    const column = indentColumns(line);
    while ((items.at(-1) ?? 0) > column) items.pop();
    const marker = MARKERS.exec(line);
    if (marker) items.push(expandTabs(marker[0]).length);
  }
  return items.at(-1) ?? 0;
}

/**
 * Convert a fenced block to one that is a fence inside a list item and outside of it; return it and the next
 * line's index.
 */
export function convertFence(
  lines: string[],
  from: number,
  opening: RegExpExecArray,
  items: number[],
): [string[], number] {
  const [, quote = "", indent = "", marker = "", fence = "", info = ""] = opening;
  const depth = quote.split(">").length - 1;
  const indentBefore = depth > 0 ? 0 : expandTabs(indent + marker).length;
  let column = indentBefore;
  const isDeep = indentBefore > MAX_FENCE_COLUMN;
  if (isDeep) column = 0;
  else if (!marker) column = Math.min(column, updateListItems(items, `${indent}\``) + 3);
  const end = new FenceEnd(fence, info, indentBefore);
  const content: string[] = [];
  let at = from;
  for (; at < lines.length; ) {
    let line = lines[at] as string;
    if (depth > 0) {
      const inside = quoteEnd(line, depth);
      if (inside < 0) break;
      line = line.slice(inside);
    }
    at += 1;
    if (end.isAt(line)) break;
    content.push(removeIndent(line, column));
  }
  const ticks = longerFence(content);
  const pad = " ".repeat(column);
  const first = depth > 0 || isDeep || !marker ? pad : expandTabs(indent) + marker;
  const name = /^mermaid/i.test(info) ? "" : info;
  const isTable = first !== pad && RULER.test(content[0] ?? "");
  const head = isTable ? [`${first}\u200b`, "", pad + ticks + name] : [first + ticks + name];
  return [[...head, ...content.map((line) => (line ? pad + line : "")), pad + ticks], at];
}

/** Searches for the end of a fenced block, line by line, beyond the fences inside it. */
class FenceEnd {
  readonly #fence: string;
  readonly #column: number;
  readonly #holdsFences: boolean;
  #inner = "";

  constructor(fence: string, info: string, column: number) {
    this.#fence = fence;
    this.#column = column;
    this.#holdsFences = MARKDOWN.has(info.toLowerCase());
  }

  isAt(line: string): boolean {
    const mark = INNER.exec(line)?.[1];
    if (mark === undefined || indentColumns(line) >= this.#column + 4) return false;
    const opens = line.trim() !== mark;
    if (!mark.startsWith(this.#inner || this.#fence)) return false;
    if (opens && (this.#inner !== "" || !this.#holdsFences)) return false;
    const isEnd = !opens && this.#inner === "";
    this.#inner = opens ? mark : "";
    return isEnd;
  }
}

/** Find where a line's text begins after `depth` marks of a quote; -1 if it has fewer. */
function quoteEnd(line: string, depth: number): number {
  let at = 0;
  for (let mark = 0; mark < depth; mark++) {
    while (line[at] === " " || line[at] === "\t") at++;
    if (line[at] !== ">") return -1;
    at++;
  }
  return line[at] === " " ? at + 1 : at;
}

export function longerFence(content: readonly string[]): string {
  let longest = 2;
  for (const line of content)
    for (const [run] of line.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return "`".repeat(longest + 1);
}

/** Return a line without its first columns of white space. */
function removeIndent(line: string, column: number): string {
  if (column === 0) return line;
  const before = leadingSpace(line);
  return expandTabs(before).slice(column) + line.slice(before.length);
}
