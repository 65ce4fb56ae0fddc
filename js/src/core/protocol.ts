/**
 * Frames between kernel and page. This is the twin of `src/nbstream/core/protocol.py`, which explains each
 * field; `tests/fixtures/frames.json` tests both. A field that has its default value is not sent.
 */

import type { ListVariables } from "./variable-frames.ts";

export const VERSION = 1;

/** A way on which a page's frames reach the kernel. */
export type Via = "control" | "comm";

export type Role = "user" | "assistant" | "system";
export type Status = "idle" | "waiting" | "streaming" | "done" | "stopped" | "failed";
export type Usage = Readonly<Record<string, unknown>>;
/**
 * Fields of a block that a page shows beside the block's text; `src/nbstream/core/block_info.py` lists them.
 * They come from outside, so every reader checks their types.
 */
export type Data = Readonly<Record<string, unknown>>;

/**
 * States of a tool call. The user is asked, the call waits for the kernel, or the call runs; the last four
 * are end states.
 */
export const CALL_STATES = ["asking", "queued", "running", "done", "failed", "refused", "stopped"] as const;
export type CallState = (typeof CALL_STATES)[number];

/** Causes of a reply's end that change the actions which the page offers. */
export const END_CAUSES = ["misfit", "context_full"] as const;
export type EndCause = (typeof END_CAUSES)[number];

export type Op =
  | { readonly op: "turn"; readonly id: string; readonly role: Role; readonly after?: string | null }
  | { readonly op: "select_version"; readonly turn: string }
  | { readonly op: "block"; readonly type: string; readonly at?: number; readonly data?: Data }
  | { readonly op: "text"; readonly text: string }
  | { readonly op: "close"; readonly at?: number; readonly data?: Data }
  | { readonly op: "drop" }
  | {
      readonly op: "reply";
      readonly status: Status;
      readonly at?: number;
      readonly stop_reason?: string | null;
      readonly usage?: Usage;
      readonly error?: string | null;
      readonly retry_at?: number | null;
      readonly cost?: number | null;
      readonly rate?: number | null;
      readonly note?: string | null;
      readonly is_left_out?: boolean;
      readonly cause?: EndCause | null;
      readonly context_percent?: number | null;
    }
  | { readonly op: "stalled"; readonly since: number; readonly until?: number | null }
  | { readonly op: "call"; readonly call: string; readonly state: CallState; readonly at?: number }
  | {
      readonly op: "queue";
      readonly key: string;
      readonly text: string;
      readonly files?: readonly string[];
    }
  | { readonly op: "unqueue"; readonly key: string }
  | { readonly op: "models"; readonly names: readonly string[]; readonly chosen: string };

/** Kernel to page: the ops between two positions of the log. */
export interface Update {
  readonly v: typeof VERSION;
  readonly kind: "update";
  readonly base: number;
  readonly seq: number;
  readonly now?: number;
  readonly ops?: readonly Op[];
  readonly to?: string | null;
  readonly via?: Via | null;
}

interface FromPage {
  readonly v: typeof VERSION;
  readonly page: string;
}

interface Presence extends FromPage {
  readonly seq: number;
  readonly views?: number;
  readonly hidden?: boolean;
}

/** Page to kernel: the page has painted everything up to `seq`, and received everything up to `received`. */
export interface Ack extends Presence {
  readonly kind: "ack";
  readonly received?: number;
}

/** Page to kernel: send everything after `seq`. The first frame of a new page is a resync at 0. */
export interface Resync extends Presence {
  readonly kind: "resync";
  readonly saves?: boolean;
}

/** Page to kernel: this page is being closed or reloaded. */
export interface Bye extends FromPage {
  readonly kind: "bye";
}

/** Page to kernel: stop this reply, and no later one. */
export interface Stop extends FromPage {
  readonly kind: "stop";
  readonly turn: string;
}

/** A file that the user pasted or dropped: its name, and its bytes as base64. */
export interface File {
  readonly name: string;
  readonly data: string;
}

/** A command that may be sent several times and takes effect once. The kernel recognises it by its `key`. */
interface Keyed extends FromPage {
  readonly key: string;
}

/** Page to kernel: the user's next message, or another version of an earlier one. */
export interface Prompt extends Keyed {
  readonly kind: "prompt";
  readonly text: string;
  readonly files?: readonly File[];
  readonly edits?: string;
  /** The indices of the blocks of the edited message that are not sent again. */
  readonly drops?: readonly number[];
  readonly variables?: readonly string[];
  /** The model that the user has chosen, if the kernel has not confirmed the choice yet. */
  readonly model?: string;
}

/** Page to kernel: ask this model for the next replies. */
export interface SelectModel extends Keyed {
  readonly kind: "select_model";
  readonly model: string;
}

/**
 * Page to kernel: retry this reply, continue its text, make another version of it, or begin a new conversation
 * with a summary of the one before it.
 */
export interface TurnCommand extends Keyed {
  readonly kind: "retry" | "continue" | "regenerate" | "summarize";
  readonly turn: string;
}

/** Page to kernel: show this version of a turn. */
export interface SelectVersion extends Keyed {
  readonly kind: "select_version";
  readonly turn: string;
}

/** Page to kernel: allow or refuse this tool call, or allow every call of its tool. */
export interface Approve extends FromPage {
  readonly kind: "approve";
  readonly call: string;
  readonly run: boolean;
  readonly always?: boolean;
}

/** Page to kernel: withdraw the queued message of this key, or send it now. */
export interface QueueCommand extends Keyed {
  readonly kind: "withdraw" | "send_now";
}

export const ASSETS = ["code", "math", "move", "output", "save", "variables"] as const;
export type AssetName = (typeof ASSETS)[number];

/** Page to kernel: send this asset, a part of the page's code. */
export interface RequestAsset extends FromPage {
  readonly kind: "request_asset";
  readonly asset: AssetName;
}

/** Kernel to page: the source of an asset, for the page that requested it. */
export interface Asset {
  readonly v: typeof VERSION;
  readonly kind: "asset";
  readonly asset: AssetName;
  readonly source: string;
  readonly to: string;
}

export type Command = Stop | Prompt | TurnCommand | SelectVersion | SelectModel | Approve | QueueCommand;
export type Frame = Update | Ack | Resync | Bye | Command | RequestAsset | Asset | ListVariables;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const position: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const seconds: Check = (value) => typeof value === "number";
const record: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const OPS: Record<string, Record<string, Check>> = {
  turn: { id: text, role: oneOf("user", "assistant", "system"), after: maybe(orNull(text)) },
  select_version: { turn: text },
  block: { type: text, at: maybe(seconds), data: maybe(record) },
  text: { text },
  close: { at: maybe(seconds), data: maybe(record) },
  drop: {},
  reply: {
    status: oneOf("idle", "waiting", "streaming", "done", "stopped", "failed"),
    at: maybe(seconds),
    stop_reason: maybe(orNull(text)),
    usage: maybe(record),
    error: maybe(orNull(text)),
    retry_at: maybe(orNull(seconds)),
    cost: maybe(orNull(seconds)),
    rate: maybe(orNull(seconds)),
    note: maybe(orNull(text)),
    is_left_out: maybe((value) => typeof value === "boolean"),
    cause: maybe(orNull(oneOf(...END_CAUSES))),
    context_percent: maybe(orNull(seconds)),
  },
  stalled: { since: seconds, until: maybe(orNull(seconds)) },
  call: { call: text, state: oneOf(...CALL_STATES), at: maybe(seconds) },
  queue: { key: text, text, files: maybe(texts) },
  unqueue: { key: text },
  models: { names: texts, chosen: text },
};

const isOp: Check = (value) => record(value) && matches(value, OPS[String((value as { op?: unknown }).op)]);

const UPDATE: Record<string, Check> = {
  v: (value) => value === VERSION,
  kind: oneOf("update"),
  base: position,
  seq: position,
  now: maybe(seconds),
  ops: maybe((value) => Array.isArray(value) && value.every(isOp)),
  to: maybe(orNull(text)),
  via: maybe(orNull(oneOf("control", "comm"))),
};

const ASSET: Record<string, Check> = {
  v: (value) => value === VERSION,
  kind: oneOf("asset"),
  asset: oneOf(...ASSETS),
  source: text,
  to: text,
};

function matches(value: unknown, checks: Record<string, Check> | undefined): boolean {
  if (checks === undefined) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries(checks).every(([name, check]) => check(fields[name]));
}

/** Whether a message is an update frame. A chat uses only messages that passed this check. */
export function isUpdate(wire: unknown): wire is Update {
  return record(wire) && matches(wire, UPDATE);
}

/** Whether a message is an asset. The page evaluates only sources that passed this check. */
export function isAsset(wire: unknown): wire is Asset {
  return record(wire) && matches(wire, ASSET);
}
