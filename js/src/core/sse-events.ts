/** Decoder of a stream's events into ops. The inverse is `src/nbstream/core/sse_events.py`. */

import type { Op } from "./protocol.ts";

/**
 * Keys of the events that carry text, for clients that do not use ops. The text of each belongs to the block
 * that was opened last.
 */
const TEXT_KEYS = ["text", "thinking", "input", "said"] as const;

/**
 * Decode an event. Return undefined if it is not part of the conversation, such as the first event of a
 * connection. The op is not checked here; `isUpdate` checks it as part of a frame.
 */
export function decodeOp(event: Readonly<Record<string, unknown>>): Op | undefined {
  if ("op" in event) {
    const { done: _, ...op } = event;
    if (op.op !== "queue") return op as unknown as Op;
    const { message: text, ...queued } = op;
    return { ...queued, text } as unknown as Op;
  }
  const text = TEXT_KEYS.map((key) => event[key]).find((value) => typeof value === "string");
  return text === undefined ? undefined : { op: "text", text };
}
