/**
 * The text of a turn: the documents that its blocks make up, and the documents as one text. It is the twin of
 * the methods of `Turn` in `src/nbstream/core/turn.py`; `tests/fixtures/turn_text.json` tests both.
 */

import type { Block, Turn } from "./transcript.ts";

const THINKING_TYPES: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/**
 * Find the earlier text block that the text block at `index` continues; undefined if a new document begins
 * there. Citations cut a text into blocks, so a text block continues the text block right before it. After a
 * continuation, it continues the last text block, even if thinking stands in between, because the reply may
 * have ended inside a word or a code fence. Empty text blocks do not count. The text blocks of a user never
 * continue each other.
 */
export function continuedBlock({ role, blocks, continuations }: Turn, index: number): number | undefined {
  if (role !== "assistant" || blocks[index]?.type !== "text") return undefined;
  let before = index - 1;
  let isParted = false;
  while (isThinking(blocks[before]) || isEmptyText(blocks[before])) {
    isParted ||= isThinking(blocks[before]);
    before -= 1;
  }
  if (blocks[before]?.type !== "text") return undefined;
  const isContinuation = continuations.some((seam) => before < seam && seam <= index);
  return !isParted || isContinuation ? before : undefined;
}

function isThinking(block: Block | undefined): boolean {
  return THINKING_TYPES.has(block?.type ?? "");
}

function isEmptyText(block: Block | undefined): boolean {
  return block?.type === "text" && block.length === 0;
}

/** List the texts of the blocks of one type, with blocks that continue each other joined. None is empty. */
export function documentsOf(turn: Turn, type = "text"): string[] {
  const documents: string[][] = [];
  for (const [index, block] of turn.blocks.entries()) {
    if (block.type !== type) continue;
    const continued = continuedBlock(turn, index) === undefined ? undefined : documents.at(-1);
    if (continued) continued.push(...block.parts);
    else documents.push([...block.parts]);
  }
  return documents.map((pieces) => pieces.join("")).filter(Boolean);
}

/** Return the documents of a turn as one text, with a blank line between them. */
export function textOf(turn: Turn, type = "text"): string {
  return joinDocuments(documentsOf(turn, type));
}

/** Whether a user has written this block of a message, which is then text and no table. */
export function isTyped({ type, data }: Block): boolean {
  return type === "text" && data.markdown !== true;
}

/** Return the text that a user has written in a turn, without tables. */
export function typedTextOf({ blocks }: Turn): string {
  const texts = blocks.filter(isTyped).map(({ parts }) => parts.join(""));
  return joinDocuments(texts.filter(Boolean));
}

/** Join documents into one text, with a blank line between them. */
export function joinDocuments(documents: readonly string[]): string {
  let text = "";
  for (const document of documents) text += missingLineEnds(text) + document;
  return text;
}

export function missingLineEnds(before: string): string {
  if (!before || before.endsWith("\n\n")) return "";
  return before.endsWith("\n") ? "\n" : "\n\n";
}
