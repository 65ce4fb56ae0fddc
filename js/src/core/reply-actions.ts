/** Rules for an ended reply: the actions that the page offers, and the text block that Continue extends. */

import type { TurnCommand } from "./protocol.ts";
import { isRunning, type Turn } from "./transcript.ts";

export type ReplyAction = TurnCommand["kind"];

/** Stop reasons after which no action is offered, because the same request would end in the same way. */
const FINAL_STOP_REASONS: ReadonlySet<string> = new Set(["refusal", "model_context_window_exceeded"]);

const THINKING_TYPES: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** List the actions that this turn's reply offers. The caller passes the conversation's latest turn. */
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
 * Whether the reply can be continued. The turn must have a tool's result, or text that is not blank, because
 * the API does not continue a blank text.
 */
function canContinue({ blocks }: Turn): boolean {
  return blocks.some(
    ({ type, parts }) => type === "tool_result" || (type === "text" && parts.some((part) => /\S/.test(part))),
  );
}

/**
 * Find the earlier text block that belongs to the same Markdown document as this one; undefined if a new
 * document begins here. Citations cut a text into blocks, so a text block continues the text block right
 * before it. After a continuation, it continues the last text block, even if thinking stands in between,
 * because the reply may have ended inside a code fence.
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
