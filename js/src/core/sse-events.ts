/** The op that an event of a stream over HTTP stands for; the inverse of `src/nbstream/core/events.py`. */

import type { Op } from "./protocol.ts";

/** What a client that knows nothing of ops reads; each is text of the block that was opened last. */
const TEXTS = ["text", "thinking", "input", "said"] as const;

/** Undefined where the event is none of the conversation: a connection's first one. Looked at again in a frame. */
export function opOf(event: Readonly<Record<string, unknown>>): Op | undefined {
  if ("op" in event) {
    const { done: _, message, ...op } = event;
    return { ...op, ...(message !== undefined && { text: message }) } as unknown as Op;
  }
  const text = TEXTS.map((key) => event[key]).find((value) => typeof value === "string");
  return text === undefined ? undefined : { op: "text", text };
}
