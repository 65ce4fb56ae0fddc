/** The conversation as the page knows it: a read-only twin of `src/nbstream/core/transcript.py`. */

import type { CallState, Data, Op, Role, Update } from "./protocol.ts";
import { changeReply, isRunning, type Reply } from "./reply.ts";

export interface Block {
  readonly type: string;
  /** The text, in the pieces in which it arrived. A view paints new pieces and need not copy the others. */
  readonly parts: string[];
  /** The text's length, in UTF-16 units. */
  length: number;
  readonly openedAt: number;
  closedAt: number | undefined;
  /** Fields that are shown beside the text. They come from outside, so check each one before you use it. */
  data: Data;
}

/** A tool call: its state, the time at which it reached that state, and the time at which it began to run. */
export interface Call {
  readonly state: CallState;
  readonly at: number;
  readonly began: number | undefined;
}

export interface Turn {
  readonly id: string;
  readonly role: Role;
  /** The id of the turn before this one, or empty. Turns with the same `after` are versions of each other. */
  readonly after: string;
  blocks: Block[];
  /** The tool calls that nbstream handles, by the API's ids. */
  calls: Map<string, Call>;
  reply: Reply | undefined;
  /** How many times the blocks were discarded because the request was made again. */
  attempt: number;
  /**
   * For each time that the ended reply was continued, the number of blocks before the continuation. The text
   * after that place continues the text before it.
   */
  continuations: number[];
}

/** A message that waits until the running reply has ended. */
export interface QueuedMessage {
  readonly key: string;
  readonly text: string;
  readonly files: readonly string[];
  /** Why the kernel has not taken the message, in a sentence. */
  readonly refusal?: string;
}

export interface Transcript {
  /** The visible conversation: one version of each turn. */
  turns: Turn[];
  /** All versions of all turns, in the order in which they began. */
  readonly versions: Turn[];
  /** For each turn's id, the version of the following turn that was visible last. */
  readonly next: Map<string, Turn>;
  readonly queue: Map<string, QueuedMessage>;
  /** The keys of all messages that are or were in the queue. */
  readonly queuedKeys: Set<string>;
  /** The models that the user can choose from, and the chosen one; undefined without a menu. */
  models: { readonly names: readonly string[]; readonly chosen: string } | undefined;
  /** A sentence for the user about the whole chat; empty for none. */
  notice: string;
  /** The page's clock minus the kernel's, in seconds. It is taken from the frame that travelled fastest. */
  skew: number;
}

export function newTranscript(): Transcript {
  return {
    turns: [],
    versions: [],
    next: new Map(),
    queue: new Map(),
    queuedKeys: new Set(),
    models: undefined,
    notice: "",
    skew: Number.POSITIVE_INFINITY,
  };
}

export function newBlock(type: string, openedAt = 0, data: Data = {}): Block {
  return { type, parts: [], length: 0, openedAt, closedAt: undefined, data };
}

export function newTurn(id: string, role: Role, after = ""): Turn {
  return { id, role, after, blocks: [], calls: new Map(), reply: undefined, attempt: 0, continuations: [] };
}

/** Find the last turn that has a reply. */
export function lastReply(transcript: Transcript): (Turn & { reply: Reply }) | undefined {
  return transcript.turns.findLast((turn): turn is Turn & { reply: Reply } => turn.reply !== undefined);
}

/** List all versions of a turn, including the turn itself. */
export function versionsOf(transcript: Transcript, { after }: Turn): readonly Turn[] {
  return transcript.versions.filter((turn) => turn.after === after);
}

export function lengthOf(turn: Turn, type = "text"): number {
  return turn.blocks.reduce((sum, block) => sum + (block.type === type ? block.length : 0), 0);
}

/** Apply a frame that continues this transcript. `now` is the page's time in seconds. */
export function apply(transcript: Transcript, frame: Partial<Update>, now: number): void {
  if (frame.now !== undefined) transcript.skew = Math.min(transcript.skew, now - frame.now);
  for (const op of frame.ops ?? []) applyOp(transcript, op);
}

/** Ops that do not come from Claude, and do not end a stall as all others do. */
const USER_OPS: ReadonlySet<Op["op"]> = new Set(["queue", "unqueue", "models", "notice"]);

function applyOp(transcript: Transcript, op: Op): void {
  const turn = transcript.turns.at(-1);
  const block = turn?.blocks.at(-1);
  if (turn?.reply && !USER_OPS.has(op.op)) turn.reply.stalled = undefined;
  switch (op.op) {
    case "turn":
      openTurn(transcript, op.id, op.role, op.after ?? turn?.id ?? "");
      break;
    case "select_version":
      selectVersion(transcript, op.turn);
      break;
    case "block":
      turn?.blocks.push(newBlock(op.type, op.at, op.data));
      break;
    case "text":
      block?.parts.push(op.text);
      if (block) block.length += op.text.length;
      break;
    case "close":
      if (block) closeBlock(block, op);
      break;
    case "drop":
      if (turn) dropBlocks(turn);
      break;
    case "reply":
      if (turn) changeReplyOf(turn, op);
      break;
    case "stalled":
      if (turn?.reply) turn.reply.stalled = { since: op.since, until: op.until ?? undefined };
      break;
    case "call":
      if (turn) changeCall(turn, op);
      break;
    case "queue":
      transcript.queuedKeys.add(op.key);
      transcript.queue.set(op.key, { key: op.key, text: op.text, files: op.files ?? [] });
      break;
    case "unqueue":
      transcript.queue.delete(op.key);
      break;
    case "models":
      transcript.models = { names: op.names, chosen: op.chosen };
      break;
    case "notice":
      transcript.notice = op.message;
      break;
    default:
      op satisfies never;
  }
}

function closeBlock(block: Block, op: Op & { op: "close" }): void {
  block.closedAt = op.at ?? 0;
  if (op.data) block.data = { ...block.data, ...op.data };
}

function dropBlocks(turn: Turn): void {
  turn.blocks = [];
  turn.continuations = [];
  turn.calls = new Map();
  turn.attempt += 1;
}

function changeReplyOf(turn: Turn, op: Op & { op: "reply" }): void {
  if (turn.reply && !isRunning(turn.reply) && op.status === "waiting")
    turn.continuations.push(turn.blocks.length);
  const countedChars = turn.blocks.reduce((sum, { length }) => sum + length, 0);
  turn.reply = changeReply(turn.reply, op, countedChars);
}

function changeCall(turn: Turn, { call, state, at = 0 }: Op & { op: "call" }): void {
  const began = state === "running" ? at : turn.calls.get(call)?.began;
  turn.calls.set(call, { state, at, began });
}

function openTurn(transcript: Transcript, id: string, role: Role, after: string): void {
  const turn = newTurn(id, role, after);
  transcript.versions.push(turn);
  transcript.next.set(after, turn);
  transcript.turns = [...turnsUntil(transcript, after), turn];
}

function selectVersion(transcript: Transcript, id: string): void {
  let turn = transcript.versions.find((version) => version.id === id);
  if (!turn) return;
  transcript.next.set(turn.after, turn);
  const path = turnsUntil(transcript, turn.after);
  for (; turn; turn = transcript.next.get(turn.id)) path.push(turn);
  transcript.turns = path;
}

/** Return the visible turns up to and including the one with this id; none for the empty id. */
function turnsUntil({ turns }: Transcript, id: string): Turn[] {
  return turns.slice(0, turns.findIndex((turn) => turn.id === id) + 1);
}
