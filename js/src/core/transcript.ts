/** The conversation as the page knows it; the twin of `src/nbstream/core/transcript.py`, read-only. */

import type { Op, Role, Status, Update, Usage } from "./protocol.ts";

export interface Block {
  readonly type: string;
  /** The text in the pieces that came: a view paints from where it stopped and never copies the rest. */
  readonly parts: string[];
  /** The text's length, in UTF-16 units. */
  length: number;
  readonly openedAt: number;
  closedAt: number | undefined;
}

export interface Reply {
  status: Status;
  began: number;
  ended: number | undefined;
  stopReason: string | undefined;
  error: string | undefined;
  usage: Usage;
  /** When the API says to ask again, after a failure. */
  retryAt: number | undefined;
  /** Since when nothing has come from Claude, and when it is asked again; whatever comes next ends it. */
  quiet: { readonly since: number; readonly until: number | undefined } | undefined;
}

export interface Turn {
  readonly id: string;
  readonly role: Role;
  blocks: Block[];
  reply: Reply | undefined;
  /** Goes up when the blocks were dropped for another attempt. */
  attempt: number;
  /** How many blocks stood each time the ended reply was continued: the text after goes on with the text before. */
  seams: number[];
}

export interface Transcript {
  readonly turns: Turn[];
  /** The page's clock minus the kernel's, in seconds, by the frame that travelled fastest. */
  skew: number;
}

export function newTranscript(): Transcript {
  return { turns: [], skew: Number.POSITIVE_INFINITY };
}

const RUNNING: ReadonlySet<Status> = new Set(["waiting", "streaming"]);

export function isRunning(reply: Pick<Reply, "status"> | undefined): boolean {
  return reply !== undefined && RUNNING.has(reply.status);
}

/** The turn whose reply is the latest one asked for. */
export function lastReply(transcript: Transcript): (Turn & { reply: Reply }) | undefined {
  return transcript.turns.findLast((turn): turn is Turn & { reply: Reply } => turn.reply !== undefined);
}

export function textOf(turn: Turn, type = "text"): string {
  return turn.blocks.flatMap((block) => (block.type === type ? block.parts : [])).join("");
}

export function lengthOf(turn: Turn, type = "text"): number {
  return turn.blocks.reduce((sum, block) => sum + (block.type === type ? block.length : 0), 0);
}

/** Apply a frame that continues this transcript. `now` is the page's clock in seconds. */
export function apply(transcript: Transcript, frame: Update, now: number): void {
  if (frame.now !== undefined) transcript.skew = Math.min(transcript.skew, now - frame.now);
  for (const op of frame.ops ?? []) applyOp(transcript, op);
}

function applyOp(transcript: Transcript, op: Op): void {
  if (op.op === "turn") {
    transcript.turns.push({ id: op.id, role: op.role, blocks: [], reply: undefined, attempt: 0, seams: [] });
    return;
  }
  const turn = transcript.turns.at(-1);
  const block = turn?.blocks.at(-1);
  if (turn?.reply) turn.reply.quiet = undefined;
  switch (op.op) {
    case "block":
      turn?.blocks.push({ type: op.type, parts: [], length: 0, openedAt: op.at ?? 0, closedAt: undefined });
      break;
    case "text":
      block?.parts.push(op.text);
      if (block) block.length += op.text.length;
      break;
    case "close":
      if (block) block.closedAt = op.at ?? 0;
      break;
    case "drop":
      if (turn) {
        turn.blocks = [];
        turn.seams = [];
        turn.attempt += 1;
      }
      break;
    case "reply":
      if (!turn) break;
      if (turn.reply && !isRunning(turn.reply) && op.status === "waiting")
        turn.seams.push(turn.blocks.length);
      turn.reply = moved(turn.reply, op);
      break;
    case "quiet":
      if (turn?.reply) turn.reply.quiet = { since: op.since, until: op.until ?? undefined };
      break;
  }
}

function moved(reply: Reply | undefined, op: Op & { op: "reply" }): Reply {
  const at = op.at ?? 0;
  return {
    status: op.status,
    // A reply that is asked again or continued begins anew.
    began: op.status === "waiting" || !reply ? at : reply.began,
    ended: RUNNING.has(op.status) ? undefined : at,
    stopReason: op.stop_reason ?? undefined,
    error: op.error ?? undefined,
    usage: op.usage ?? {},
    retryAt: op.retry_at ?? undefined,
    quiet: undefined,
  };
}
