/** Rule for an ended reply: the actions that the page offers. */

import type { TurnCommand } from "./protocol.ts";
import { isRunning } from "./reply.ts";
import type { Turn } from "./transcript.ts";

export type ReplyAction = TurnCommand["kind"];

/** Stop reasons after which no action is offered, because the same request would end in the same way. */
const FINAL_STOP_REASONS: ReadonlySet<string> = new Set(["refusal", "model_context_window_exceeded"]);

/** List the actions that this turn's reply offers. The caller passes the conversation's latest turn. */
export function availableActions(turn: Turn): readonly ReplyAction[] {
  const { reply } = turn;
  if (turn.role !== "assistant" || !reply || isRunning(reply)) return [];
  if (reply.cause === "context_full") return ["summarize"];
  if (FINAL_STOP_REASONS.has(reply.stopReason ?? "")) return [];
  const isBroken =
    reply.status === "failed" || reply.status === "stopped" || reply.stopReason === "max_tokens";
  if (!isBroken) return ["regenerate"];
  return !reply.isLeftOut && reply.cause !== "misfit" && canContinue(turn)
    ? ["continue", "retry"]
    : ["retry"];
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
