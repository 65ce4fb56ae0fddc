/** A reply that has ended: the actions that it offers, and the block that a continuation adds to. */

import type { TurnCommand } from "./protocol.ts";
import { isRunning, type Turn } from "./transcript.ts";

export type ReplyAction = TurnCommand["kind"];

/** After these stop reasons, the same request would end in the same way. */
const FINAL_STOP_REASONS: ReadonlySet<string> = new Set(["refusal", "model_context_window_exceeded"]);

const THINKING_TYPES: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** List the actions that this turn's reply offers, if it is the conversation's latest. */
export function availableActions(turn: Turn): readonly ReplyAction[] {
  const { reply } = turn;
  if (turn.role !== "assistant" || !reply || isRunning(reply)) return [];
  if (FINAL_STOP_REASONS.has(reply.stopReason ?? "")) return [];
  const isBroken =
    reply.status === "failed" || reply.status === "stopped" || reply.stopReason === "max_tokens";
  if (!isBroken) return ["regenerate"];
  return canContinue(turn) ? ["continue", "retry"] : ["retry"];
}

/**
 * Whether the turn has a tool's result, or text that is not blank: the API takes no blank text to continue.
 */
function canContinue({ blocks }: Turn): boolean {
  return blocks.some(
    ({ type, parts }) => type === "tool_result" || (type === "text" && parts.some((part) => /\S/.test(part))),
  );
}

/**
 * Find the text block that this one continues as one Markdown document; undefined if it begins its own. That
 * is the text block right before it, because citations cut a text into blocks. It is also the last text block
 * before a continuation, even with thinking in between, because the cut there may have split a code fence.
 */
export function continuedBlock(turn: Turn, index: number): number | undefined {
  const { blocks, continuations } = turn;
  if (blocks[index]?.type !== "text") return undefined;
  let before = index - 1;
  while (THINKING_TYPES.has(blocks[before]?.type ?? "")) before -= 1;
  if (blocks[before]?.type !== "text") return undefined;
  const isContinuation = continuations.some((seam) => before < seam && seam <= index);
  return before === index - 1 || isContinuation ? before : undefined;
}
