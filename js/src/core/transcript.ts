/** The conversation as the page knows it; the twin of `src/nbstream/core/transcript.py`, read-only. */

import type { CallState, Data, Op, Role, Status, Update, Usage } from "./protocol.ts";

export interface Block {
  readonly type: string;
  /** The text in the pieces that came: a view paints from where it stopped and never copies the rest. */
  readonly parts: string[];
  /** The text's length, in UTF-16 units. */
  length: number;
  readonly openedAt: number;
  closedAt: number | undefined;
  /** What is shown beside the text, each field to be looked at before it is used. */
  data: Data;
}

/** A call of a tool: how it stands, since when, and when it began to run. */
export interface Call {
  readonly state: CallState;
  readonly at: number;
  readonly began: number | undefined;
}

export interface Reply {
  status: Status;
  began: number;
  ended: number | undefined;
  stopReason: string | undefined;
  error: string | undefined;
  /** The sentence about an end that came early and is no failure. */
  note: string | undefined;
  usage: Usage;
  /** Estimated US dollars so far, and for each further thousand tokens; unknown for models without a price. */
  cost: number | undefined;
  rate: number | undefined;
  /** Characters of the turn that `cost` and `usage` have counted. */
  counted: number;
  /** When the first of its text came. */
  first: number | undefined;
  /** When the API says to ask again, after a failure. */
  retryAt: number | undefined;
  /** Since when nothing has come from Claude, and when it is asked again; whatever comes next ends it. */
  stalled: { readonly since: number; readonly until: number | undefined } | undefined;
}

export interface Turn {
  readonly id: string;
  readonly role: Role;
  /** The turn that it follows; empty for the first. Turns after the same one are its versions. */
  readonly after: string;
  blocks: Block[];
  /** The calls of tools that were taken up, by the API's ids. */
  calls: Map<string, Call>;
  reply: Reply | undefined;
  /** Goes up when the blocks were dropped for another attempt. */
  attempt: number;
  /** How many blocks stood each time the ended reply was continued: the text after goes on with the text before. */
  seams: number[];
}

/** A message that waits for the end of the reply that runs. */
export interface Waiting {
  readonly key: string;
  readonly text: string;
  readonly files: readonly string[];
}

export interface Transcript {
  /** The conversation in sight: of each turn, one version. */
  turns: Turn[];
  /** All turns, in the order in which they began. */
  readonly versions: Turn[];
  /** Of each turn, the version of what follows that was in sight last. */
  readonly next: Map<string, Turn>;
  readonly queue: Map<string, Waiting>;
  /** The keys of all messages that waited or still do. */
  readonly queued: Set<string>;
  /** The page's clock minus the kernel's, in seconds, by the frame that travelled fastest. */
  skew: number;
}

export function newTranscript(): Transcript {
  return {
    turns: [],
    versions: [],
    next: new Map(),
    queue: new Map(),
    queued: new Set(),
    skew: Number.POSITIVE_INFINITY,
  };
}

export function newBlock(type: string, openedAt = 0, data: Data = {}): Block {
  return { type, parts: [], length: 0, openedAt, closedAt: undefined, data };
}

export function newTurn(id: string, role: Role, after = ""): Turn {
  return { id, role, after, blocks: [], calls: new Map(), reply: undefined, attempt: 0, seams: [] };
}

const RUNNING: ReadonlySet<Status> = new Set(["waiting", "streaming"]);

export function isRunning(reply: Pick<Reply, "status"> | undefined): boolean {
  return reply !== undefined && RUNNING.has(reply.status);
}

/** The turn whose reply is the latest one asked for. */
export function lastReply(transcript: Transcript): (Turn & { reply: Reply }) | undefined {
  return transcript.turns.findLast((turn): turn is Turn & { reply: Reply } => turn.reply !== undefined);
}

/** All versions of a turn, itself among them. */
export function versionsOf(transcript: Transcript, { after }: Turn): readonly Turn[] {
  return transcript.versions.filter((turn) => turn.after === after);
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
  const turn = transcript.turns.at(-1);
  const block = turn?.blocks.at(-1);
  // What does not come from Claude breaks no silence of its.
  if (turn?.reply && op.op !== "queue" && op.op !== "unqueue") turn.reply.stalled = undefined;
  switch (op.op) {
    case "turn":
      open(transcript, op.id, op.role, op.after ?? turn?.id ?? "");
      break;
    case "select_version":
      choose(transcript, op.turn);
      break;
    case "block":
      turn?.blocks.push(newBlock(op.type, op.at, op.data));
      break;
    case "text":
      block?.parts.push(op.text);
      if (block) block.length += op.text.length;
      break;
    case "close":
      if (block) {
        block.closedAt = op.at ?? 0;
        if (op.data) block.data = { ...block.data, ...op.data };
      }
      break;
    case "drop":
      if (turn) {
        turn.blocks = [];
        turn.seams = [];
        turn.calls = new Map();
        turn.attempt += 1;
      }
      break;
    case "reply":
      if (!turn) break;
      if (turn.reply && !isRunning(turn.reply) && op.status === "waiting")
        turn.seams.push(turn.blocks.length);
      turn.reply = {
        ...moved(turn.reply, op),
        counted: turn.blocks.reduce((sum, { length }) => sum + length, 0),
      };
      break;
    case "stalled":
      if (turn?.reply) turn.reply.stalled = { since: op.since, until: op.until ?? undefined };
      break;
    case "call": {
      const began = op.state === "running" ? (op.at ?? 0) : turn?.calls.get(op.call)?.began;
      turn?.calls.set(op.call, { state: op.state, at: op.at ?? 0, began });
      break;
    }
    case "queue":
      transcript.queued.add(op.key);
      transcript.queue.set(op.key, { key: op.key, text: op.text, files: op.files ?? [] });
      break;
    case "unqueue":
      transcript.queue.delete(op.key);
      break;
  }
}

function open(transcript: Transcript, id: string, role: Role, after: string): void {
  const turn = newTurn(id, role, after);
  transcript.versions.push(turn);
  transcript.next.set(after, turn);
  transcript.turns = [...until(transcript, after), turn];
}

function choose(transcript: Transcript, id: string): void {
  let turn = transcript.versions.find((version) => version.id === id);
  if (!turn) return;
  transcript.next.set(turn.after, turn);
  const path = until(transcript, turn.after);
  for (; turn; turn = transcript.next.get(turn.id)) path.push(turn);
  transcript.turns = path;
}

/** The turns in sight up to one of them; none for the empty name. */
function until({ turns }: Transcript, id: string): Turn[] {
  return turns.slice(0, turns.findIndex((turn) => turn.id === id) + 1);
}

function moved(reply: Reply | undefined, op: Op & { op: "reply" }): Omit<Reply, "counted"> {
  const at = op.at ?? 0;
  return {
    status: op.status,
    // A reply that is asked again or continued begins anew.
    began: op.status === "waiting" || !reply ? at : reply.began,
    ended: RUNNING.has(op.status) ? undefined : at,
    stopReason: op.stop_reason ?? undefined,
    error: op.error ?? undefined,
    note: op.note ?? undefined,
    usage: op.usage ?? {},
    cost: op.cost ?? undefined,
    rate: op.rate ?? undefined,
    first: firstOf(reply, op),
    retryAt: op.retry_at ?? undefined,
    stalled: undefined,
  };
}

function firstOf(reply: Reply | undefined, { status, at }: Op & { op: "reply" }): number | undefined {
  if (status === "waiting") return undefined;
  return reply?.first ?? (status === "streaming" ? (at ?? 0) : undefined);
}
