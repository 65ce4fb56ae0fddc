/** A reply that broke off: what may be asked of it, and where its text goes on when it is continued. */

import type { TurnCommand } from "./protocol.ts";
import { isRunning, type Turn } from "./transcript.ts";

export type Asking = TurnCommand["kind"];

/** After these the same question ends the same way. */
const FINAL: ReadonlySet<string> = new Set(["refusal", "model_context_window_exceeded"]);

const THOUGHTS: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** What a reader may ask of this turn's reply, were it the conversation's latest. */
export function offers(turn: Turn): readonly Asking[] {
  const { reply } = turn;
  if (turn.role !== "assistant" || !reply || isRunning(reply) || FINAL.has(reply.stopReason ?? "")) return [];
  const broke = reply.status === "failed" || reply.status === "stopped" || reply.stopReason === "max_tokens";
  if (!broke) return ["regenerate"];
  return isSomething(turn) ? ["continue", "retry"] : ["retry"];
}

/** Whether there is something to go on from: what a tool gave, or text, of which the API takes none that is blank. */
function isSomething({ blocks }: Turn): boolean {
  return blocks.some(
    ({ type, parts }) => type === "tool_result" || (type === "text" && parts.some((part) => /\S/.test(part))),
  );
}

/**
 * The text block that this one goes on with, as one document: the one right before it, for citations cut a text into
 * blocks; and the last one before a seam, whatever was thought between, for what was cut there may be half a fence.
 */
export function goesOnWith(turn: Turn, index: number): number | undefined {
  const { blocks, seams } = turn;
  if (blocks[index]?.type !== "text") return undefined;
  let before = index - 1;
  while (THOUGHTS.has(blocks[before]?.type ?? "")) before -= 1;
  if (blocks[before]?.type !== "text") return undefined;
  const seamed = seams.some((seam) => before < seam && seam <= index);
  return before === index - 1 || seamed ? before : undefined;
}
