/** Types of a stream's events, and the functions that parse events. */

import type { EventSourceMessage } from "eventsource-parser";
import { StreamError } from "./errors.ts";

/** The JSON of one event, as the server sent it. Check each field before you use it. */
export type Data = Readonly<Record<string, unknown>>;

/** The last event of an answer. */
export interface Done extends Data {
  readonly done: true;
  readonly status?: "done" | "stopped";
  readonly stop_reason?: string | null;
  readonly usage?: Data;
  /** Estimated US dollars. */
  readonly cost?: number | null;
}

/** Read the position at the end of an event's id; NaN if there is none. */
export function positionOf(id: string | undefined): number {
  return Number(id?.slice(id.lastIndexOf("-") + 1) || Number.NaN);
}

/** Whether a Content-Type is that of a stream of events. Media types have no case. */
export function isEventStream(contentType: string | null): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "text/event-stream";
}

export function isDone(data: Data): data is Done {
  return data.done === true;
}

/**
 * Parse an event of nbstream's; undefined for any other event. `isLast` says that this is the last event,
 * which the end of the stream may have cut short.
 */
export function parseData(
  { event = "message", data }: EventSourceMessage,
  isLast: boolean,
): Data | undefined {
  // Some proxies keep a connection open with events that have no data.
  if (event !== "message" || !data.trim()) return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Data) : undefined;
  } catch (cause) {
    if (isLast) return undefined;
    throw new StreamError(`An event of the stream is not JSON: ${data.slice(0, 80)}`, 200, data, cause);
  }
}
