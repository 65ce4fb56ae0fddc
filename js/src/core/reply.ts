/** State of a reply, as the page knows it: a read-only twin of `src/nbstream/core/reply.py`. */

import type { EndCause, Op, Status, Usage } from "./protocol.ts";

export interface Reply {
  status: Status;
  began: number;
  ended: number | undefined;
  stopReason: string | undefined;
  error: string | undefined;
  /** A sentence for the user about an early end that is not a failure. */
  note: string | undefined;
  /** Whether the API refused the request, so that the question is not sent with later questions. */
  isLeftOut: boolean;
  cause: EndCause | undefined;
  /** How full the model's context window is, in percent; undefined below half, and if it is not known. */
  contextPercent: number | undefined;
  usage: Usage;
  /** `cost`: estimated US dollars so far; `rate`: for a further thousand tokens. Undefined if unknown. */
  cost: number | undefined;
  rate: number | undefined;
  /** How many of the turn's characters `cost` and `usage` include. */
  countedChars: number;
  /** The time at which the first piece of the reply's text came. */
  firstTextAt: number | undefined;
  /** The time at which the API allows the next request after a failure. */
  retryAt: number | undefined;
  /** During a stall: when Claude fell silent, and when the next attempt comes. The next op ends the stall. */
  stalled: { readonly since: number; readonly until: number | undefined } | undefined;
}

const RUNNING: ReadonlySet<Status> = new Set(["waiting", "streaming"]);

export function isRunning(reply: Pick<Reply, "status"> | undefined): boolean {
  return reply !== undefined && RUNNING.has(reply.status);
}

/** Return the reply after a change of its status, in a turn that has `countedChars` characters by then. */
export function changeReply(reply: Reply | undefined, op: Op & { op: "reply" }, countedChars: number): Reply {
  const at = op.at ?? 0;
  return {
    status: op.status,
    // A reply that is retried or continued gets a new start time.
    began: op.status === "waiting" || !reply ? at : reply.began,
    ended: RUNNING.has(op.status) ? undefined : at,
    stopReason: op.stop_reason ?? undefined,
    error: op.error ?? undefined,
    note: op.note ?? undefined,
    isLeftOut: op.is_left_out ?? false,
    cause: op.cause ?? undefined,
    contextPercent: op.context_percent ?? undefined,
    usage: op.usage ?? {},
    cost: op.cost ?? undefined,
    rate: op.rate ?? undefined,
    countedChars,
    firstTextAt: firstTextTime(reply, op),
    retryAt: op.retry_at ?? undefined,
    stalled: undefined,
  };
}

function firstTextTime(reply: Reply | undefined, { status, at }: Op & { op: "reply" }): number | undefined {
  if (status === "waiting") return undefined;
  return reply?.firstTextAt ?? (status === "streaming" ? (at ?? 0) : undefined);
}
