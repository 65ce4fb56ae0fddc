/**
 * The conversation as data that outlives its kernel or server: the records of its turns, from which it is made
 * again somewhere else. The records have the form of those in a saved chat
 * (`src/nbstream/core/saved/turn_records.py`), as far as a page knows a conversation: without the signatures of
 * thinking, files and results that Claude gets.
 */

import {
  type CallState,
  type Data,
  type EndCause,
  type Op,
  type Role,
  type Status,
  type Usage,
  VERSION,
} from "./protocol.ts";
import { isRunning, type Reply } from "./reply.ts";
import {
  apply,
  type Block,
  lastReply,
  type QueuedMessage,
  type Transcript,
  type Turn,
} from "./transcript.ts";

/** The stop reason of a reply whose kernel or server has ended; `END_NOTES` in `reply.py` has the same note. */
const RESTARTED = "restarted";
const RESTARTED_NOTE = "A restart cut the answer off here.";

const ENDED_CALLS: ReadonlySet<string> = new Set(["done", "failed", "refused", "stopped"]);

const FILE_TYPES: ReadonlySet<string> = new Set(["image", "document"]);

/** The text that stands in a message for its files. The user and Claude both see it. */
export const LOST_FILES =
  "(The files of this message are no longer here; attach them again if they are needed.)";

export type TurnRecord = Readonly<Record<string, unknown>>;

/**
 * Bring the conversation to rest, because its kernel or server has ended: the running reply is stopped, and no
 * message waits any more. Return the messages that waited.
 *
 * @param now The page's time in seconds.
 */
export function cutOff(transcript: Transcript, now: number): readonly QueuedMessage[] {
  const waiting = [...transcript.queue.values()];
  const ops: Op[] = waiting.map(({ key }) => ({ op: "unqueue", key }));
  const turn = lastReply(transcript);
  if (turn && isRunning(turn.reply)) {
    const at = Number.isFinite(transcript.skew) ? now - transcript.skew : turn.reply.began;
    ops.push(...endingOps(turn, at));
  }
  apply(transcript, { v: VERSION, kind: "update", base: 0, seq: 0, ops }, now);
  return waiting;
}

function endingOps({ blocks, calls, reply }: Turn & { reply: Reply }, at: number): Op[] {
  const ops: Op[] = [];
  if (blocks.length > 0 && blocks.at(-1)?.closedAt === undefined) ops.push({ op: "close", at });
  for (const [call, { state }] of calls)
    if (!ENDED_CALLS.has(state)) ops.push({ op: "call", call, state: "stopped", at });
  const { usage, cost = null } = reply;
  ops.push({ op: "reply", status: "stopped", at, stop_reason: RESTARTED, note: RESTARTED_NOTE, usage, cost });
  return ops;
}

/** Return the records of all turns of a conversation at rest, in the order in which they began. */
export function recordsOf({ versions, next }: Transcript): TurnRecord[] {
  return versions.map((turn) => recordOf(turn, next.get(turn.after) === turn));
}

function recordOf(
  { id, after, role, blocks, continuations, calls, reply }: Turn,
  is_shown: boolean,
): TurnRecord {
  const began = reply?.began ?? blocks[0]?.openedAt ?? 0;
  const records = blocks.map((block) => recordOfBlock(block, began));
  if (role === "user" && blocks.some(({ type }) => FILE_TYPES.has(type)) && !hasNote(blocks))
    records.push({ content: { type: "text" }, text: LOST_FILES });
  return {
    id,
    after,
    role,
    is_shown,
    continuations,
    blocks: records,
    ...(reply && { reply: recordOfReply(reply) }),
    ...(calls.size > 0 && { calls: recordsOfCalls(calls, began) }),
  };
}

/** Return the changes of state of the calls: for each its id, the state, and the seconds since the reply began. */
function recordsOfCalls(calls: Turn["calls"], began: number): (readonly [string, CallState, number])[] {
  return [...calls].flatMap(([call, { state, at, began: runningAt }]) => {
    const end = [call, state, at - began] as const;
    const hasRun = runningAt !== undefined && state !== "running";
    return hasRun ? [[call, "running", runningAt - began] as const, end] : [end];
  });
}

function hasNote(blocks: readonly Block[]): boolean {
  return blocks.some(({ parts }) => parts.join("") === LOST_FILES);
}

function recordOfBlock({ type, parts, data, openedAt, closedAt }: Block, began: number): TurnRecord {
  const { id, name } = data;
  return {
    // A file of the chat lists the calls by their names. No call is sent again, because it is not complete here.
    content: { type, ...(typeof id === "string" && typeof name === "string" && { id, name }) },
    text: parts.join(""),
    is_closed: type === "text",
    data,
    seconds: [openedAt - began, (closedAt ?? openedAt) - began],
  };
}

function recordOfReply(reply: Reply): TurnRecord {
  const { status, stopReason, error, isLeftOut, cause, contextPercent, usage, cost, began, firstTextAt } =
    reply;
  const { ended = began } = reply;
  return {
    status,
    stop_reason: stopReason ?? null,
    error: error ?? null,
    is_left_out: isLeftOut,
    ...(cause && { cause }),
    ...(contextPercent !== undefined && { context_percent: contextPercent }),
    usage,
    cost_usd: cost ?? null,
    seconds: ended - began,
    first_text_seconds: firstTextAt === undefined ? null : firstTextAt - began,
  };
}

/** A record of a turn as `recordsOf` makes it. */
interface ReadRecord {
  readonly id: string;
  readonly after: string;
  readonly role: Role;
  readonly is_shown: boolean;
  readonly continuations: readonly number[];
  readonly blocks: readonly {
    readonly content: { readonly type: string };
    readonly text: string;
    readonly data?: Data;
    readonly seconds?: readonly [opened: number, closed: number];
  }[];
  readonly calls?: readonly (readonly [call: string, state: CallState, seconds: number])[];
  readonly reply?: {
    readonly status: Status;
    readonly stop_reason: string | null;
    readonly error: string | null;
    readonly is_left_out: boolean;
    readonly cause?: EndCause | null;
    readonly context_percent?: number | null;
    readonly usage: Usage;
    readonly cost_usd: number | null;
    readonly seconds: number;
    readonly first_text_seconds: number | null;
  };
}

/** Return the ops that make the recorded conversation again on this page, which has recorded it. */
export function opsOf(records: readonly TurnRecord[]): Op[] {
  const turns = records as unknown as readonly ReadRecord[];
  const ops = turns.flatMap(opsOfTurn);
  for (let shown = shownAfter(turns, ""); shown; shown = shownAfter(turns, shown.id)) {
    const { after, id } = shown;
    if (turns.filter((turn) => turn.after === after).length > 1) ops.push({ op: "select_version", turn: id });
  }
  return ops;
}

function shownAfter(turns: readonly ReadRecord[], id: string): ReadRecord | undefined {
  return turns.find(({ after, is_shown }) => after === id && is_shown);
}

function opsOfTurn({ id, role, after, blocks, calls = [], reply, continuations }: ReadRecord): Op[] {
  const ops: Op[] = [{ op: "turn", id, role, after }];
  if (reply) ops.push({ op: "reply", status: "waiting" });
  for (const [index, { content, text, data = {}, seconds: [opened, closed] = [0, 0] }] of blocks.entries()) {
    if (reply && continuations.includes(index))
      ops.push({ op: "reply", status: "stopped" }, { op: "reply", status: "waiting" });
    ops.push({ op: "block", type: content.type, at: opened, data });
    if (text) ops.push({ op: "text", text });
    ops.push({ op: "close", at: closed });
  }
  if (!reply) return ops;
  for (const [call, state, at] of calls) ops.push({ op: "call", call, state, at });
  const { first_text_seconds, seconds: at, cost_usd: cost, ...end } = reply;
  if (first_text_seconds !== null) ops.push({ op: "reply", status: "streaming", at: first_text_seconds });
  const note = end.stop_reason === RESTARTED ? RESTARTED_NOTE : null;
  ops.push({ op: "reply", at, cost, note, ...end });
  return ops;
}
