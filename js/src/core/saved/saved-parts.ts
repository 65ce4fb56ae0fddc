/**
 * Parts of a saved conversation: its documents, and one line for each tool call, picture and file. The twin of
 * `src/nbstream/core/saved/saved_parts.py`; `tests/fixtures/saved_parts.json` tests both.
 */

import type { Data } from "../protocol.ts";
import type { Block, Turn } from "../transcript.ts";
import { continuedBlock } from "../turn-text.ts";
import { type Columns, outputColumns } from "./output-columns.ts";
import { outputMarkdown } from "./output-markdown.ts";
import { CALLED, RAN, UNNAMED_TOOL } from "./saved-notes.ts";

/** Length to which the arguments and the result of a call are cut, each. */
const MAX_LINE_CHARS = 200;

const TOKEN = /"(?:[^"\\]+|\\[^\n])*"|[{}[\],:]/g;

/** Text without any character that a Markdown renderer could take for a mark. */
const PLAIN = /^(?:[A-Za-z0-9 (),.='"+/%;?-]|:(?= |$)|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])|[\u0080-\uffff])*$/;

/**
 * One part of a turn in the file. "text" is a document in Markdown; the others take one line each. `result` is
 * the result of a call, empty if it has none.
 */
export interface SavedPart {
  readonly kind: "text" | "call" | "attachment";
  readonly text: string;
  readonly result: string;
  /** The columns of an answer that is structured output, while its blocks are joined. */
  readonly columns?: Columns | undefined;
}

type Place = readonly [parts: SavedPart[], index: number];

/** Return the parts of each turn. A call has its result, which may stand in the next turn. */
export function savedParts(turns: readonly Turn[]): SavedPart[][] {
  /** The place of each call that has no result yet, by its id. */
  const waiting = new Map<string, Place>();
  const all = turns.map((turn) => {
    const parts: SavedPart[] = [];
    for (const [index, block] of turn.blocks.entries()) addPart(parts, waiting, turn, index, block);
    return parts;
  });
  return all.map((parts) => parts.filter(({ text }) => text).map(readable));
}

function readable(part: SavedPart): SavedPart {
  const { kind, text, result, columns } = part;
  return columns ? { kind, text: outputMarkdown(text, columns), result } : part;
}

function addPart(
  parts: SavedPart[],
  waiting: Map<string, Place>,
  turn: Turn,
  index: number,
  block: Block,
): void {
  const { type, data } = block;
  if (type === "text") {
    const isContinued = continuedBlock(turn, index) !== undefined && parts.at(-1)?.kind === "text";
    const before = isContinued ? parts.pop()?.text : "";
    const text = before + block.parts.join("");
    parts.push({ kind: "text", text, result: "", columns: outputColumns(data) });
  } else if (type.endsWith("tool_use")) {
    waiting.set(asText(data.id), [parts, parts.length]);
    parts.push({ kind: "call", text: describeCall(block), result: "" });
  } else if (type.endsWith("tool_result")) {
    const id = asText(data.call);
    const [place, at] = waiting.get(id) ?? [parts, parts.length];
    waiting.delete(id);
    place[at] = { kind: "call", text: place[at]?.text ?? UNNAMED_TOOL, result: describeResult(block) };
  } else if (type === "image" || type === "document") {
    parts.push({ kind: "attachment", text: describeAttachment(data, type), result: "" });
  }
}

/** Return an attachment or a call as one quoted line. In Markdown, a text with marks is written as code. */
export function partLine({ kind, text, result }: SavedPart, isMarkdown: boolean): string {
  const mark = isMarkdown ? asInline : (line: string) => line;
  if (kind === "attachment") return `> ${mark(text)}`;
  return `> ${result ? RAN(mark(text), mark(result)) : CALLED(mark(text))}`;
}

/** Describe a picture or a file by its name and size. */
export function describeAttachment(data: Data, kind: string): string {
  const [width, height, pages, size] = [data.width, data.height, data.pages, data.size].map(asCount);
  const facts = [
    asText(data.name) || kind,
    width && height ? `${width} × ${height}` : "",
    pages ? `${pages} ${pages === 1 ? "page" : "pages"}` : "",
    size ? formatBytes(size) : "",
  ];
  return oneLine(facts.filter(Boolean).join(" · "));
}

/** Format a number of bytes in units of a thousand, with one decimal below ten. */
export function formatBytes(size: number): string {
  if (size < 1_000) return `${size} ${size === 1 ? "byte" : "bytes"}`;
  const [factor, unit] = size < 1_000_000 ? [1_000, "kB"] : [1_000_000, "MB"];
  if (size >= 10 * factor) return `${Math.floor((2 * size + factor) / (2 * factor))} ${unit}`;
  const tenths = Math.floor((20 * size + factor) / (2 * factor));
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${unit}`;
}

function describeCall({ data, parts }: Block): string {
  const json = strip(parts.join(""));
  const written = members(json).map(([name, value]) => `${name}=${value}`);
  const callArguments = json === "{}" ? "" : oneLine(written.join(", ") || json);
  return `${oneLine(asText(data.name) || UNNAMED_TOOL)}(${callArguments})`;
}

/** List the names and values of a JSON object as they are written, so that both languages write them alike. */
function members(json: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  let [depth, start, name, before] = [0, 0, "", ""];
  for (const { 0: token, index } of (json.startsWith("{") ? json : "").matchAll(TOKEN)) {
    const isClosing = token === "}" || token === "]";
    if (depth === 1 && (token === "," || isClosing) && name) {
      found.push([name, strip(json.slice(start, index))]);
      name = "";
    } else if (depth === 1 && token === ":") {
      [name, start] = [before.slice(1, -1), index + 1];
    }
    depth += Number(token === "{" || token === "[") - Number(isClosing);
    before = token;
  }
  return found;
}

function describeResult({ data, parts }: Block): string {
  let text = parts.join("") || asText(data.text);
  // Above the rows, a table has a line with its size.
  if (data.markdown === true) text = text.split("\n", 1)[0] ?? "";
  const images = asList(data.images).filter((image) => typeof image === "object" && image !== null);
  const sources = asList(data.sources).length;
  const found = [
    asText(data.error),
    text,
    asText(data.output),
    asText(data.errors),
    ...images.map((image) => describeAttachment(image as Data, "image")),
    sources > 0 ? `${sources} ${sources === 1 ? "source" : "sources"}` : "",
    ...asList(data.files).flatMap((name) => (asText(name) ? [`file ${name}`] : [])),
  ];
  const described = oneLine(found.map(strip).filter(Boolean).join(", "));
  if (data.error === true || asText(data.error)) return described ? `failed: ${described}` : "failed";
  return described || "no output";
}

/** Return a line as Markdown that shows exactly its characters: as code, if it has any mark. */
function asInline(line: string): string {
  if (PLAIN.test(line)) return line;
  const ticks = line.match(/`+/g)?.map((run) => run.length) ?? [];
  const fence = "`".repeat(1 + Math.max(0, ...ticks));
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return fence + pad + line + pad + fence;
}

/** Return a text as one line of at most `MAX_LINE_CHARS` characters. */
export function oneLine(text: string): string {
  const line = text.replace(/[ \t\r\n]+/g, " ").replace(/^ +| +$/g, "");
  if (line.length <= MAX_LINE_CHARS) return line;
  const chars = [...line.slice(0, 2 * MAX_LINE_CHARS + 2)];
  return chars.length <= MAX_LINE_CHARS ? line : `${chars.slice(0, MAX_LINE_CHARS - 1).join("")}…`;
}

function strip(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asCount(value: unknown): number {
  return Number.isInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
