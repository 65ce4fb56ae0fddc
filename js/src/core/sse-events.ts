/**
 * Decoding of the events of a stream over HTTP into ops; the inverse of `src/nbstream/core/sse_events.py`.
 */

import type { Op } from "./protocol.ts";

/**
 * Keys of text events, for clients that know nothing of ops. Each is text of the block that was opened last.
 */
const TEXT_KEYS = ["text", "thinking", "input", "said"] as const;

/**
 * Decode an event; undefined if it is not part of the conversation, such as a connection's first event. The
 * op is not checked here: `isUpdate` checks it as part of a frame.
 */
export function decodeOp(event: Readonly<Record<string, unknown>>): Op | undefined {
  if ("op" in event) {
    const { done: _, message, ...op } = event;
    return { ...op, ...(message !== undefined && { text: message }) } as unknown as Op;
  }
  const text = TEXT_KEYS.map((key) => event[key]).find((value) => typeof value === "string");
  return text === undefined ? undefined : { op: "text", text };
}
