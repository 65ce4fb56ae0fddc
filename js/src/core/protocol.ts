/**
 * Frames between kernel and page. This is the twin of `src/nbstream/core/protocol.py`, which explains each
 * field; `tests/fixtures/frames.json` tests both. A field that has its default value is not sent.
 */

import * as is from "./checks.ts";
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

/** States of a tool call: the user is asked, the call waits for the kernel, or it runs; the last four are final. */
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
  | { readonly op: "models"; readonly names: readonly string[]; readonly chosen: string }
  | { readonly op: "notice"; readonly message: string };

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

/** Page to kernel: everything up to `seq` is painted or made for the next update, and up to `received` is there. */
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

const OPS: Record<string, Record<string, is.Check>> = {
  turn: { id: is.text, role: is.oneOf("user", "assistant", "system"), after: is.maybe(is.orNull(is.text)) },
  select_version: { turn: is.text },
  block: { type: is.text, at: is.maybe(is.seconds), data: is.maybe(is.record) },
  text: { text: is.text },
  close: { at: is.maybe(is.seconds), data: is.maybe(is.record) },
  drop: {},
  reply: {
    status: is.oneOf("idle", "waiting", "streaming", "done", "stopped", "failed"),
    at: is.maybe(is.seconds),
    stop_reason: is.maybe(is.orNull(is.text)),
    usage: is.maybe(is.record),
    error: is.maybe(is.orNull(is.text)),
    retry_at: is.maybe(is.orNull(is.seconds)),
    cost: is.maybe(is.orNull(is.seconds)),
    rate: is.maybe(is.orNull(is.seconds)),
    note: is.maybe(is.orNull(is.text)),
    is_left_out: is.maybe((value) => typeof value === "boolean"),
    cause: is.maybe(is.orNull(is.oneOf(...END_CAUSES))),
    context_percent: is.maybe(is.orNull(is.seconds)),
  },
  stalled: { since: is.seconds, until: is.maybe(is.orNull(is.seconds)) },
  call: { call: is.text, state: is.oneOf(...CALL_STATES), at: is.maybe(is.seconds) },
  queue: { key: is.text, text: is.text, files: is.maybe(is.texts) },
  unqueue: { key: is.text },
  models: { names: is.texts, chosen: is.text },
  notice: { message: is.text },
};

const isOp: is.Check = (value) => is.matches(value, OPS[String((value as { op?: unknown } | null)?.op)]);

const UPDATE: Record<string, is.Check> = {
  v: (value) => value === VERSION,
  kind: is.oneOf("update"),
  base: is.position,
  seq: is.position,
  now: is.maybe(is.seconds),
  ops: is.maybe((value) => Array.isArray(value) && value.every(isOp)),
  to: is.maybe(is.orNull(is.text)),
  via: is.maybe(is.orNull(is.oneOf("control", "comm"))),
};

const ASSET: Record<string, is.Check> = {
  v: (value) => value === VERSION,
  kind: is.oneOf("asset"),
  asset: is.oneOf(...ASSETS),
  source: is.text,
  to: is.text,
};

/** Whether a message is an update frame. A chat uses only messages that passed this check. */
export function isUpdate(wire: unknown): wire is Update {
  return is.matches(wire, UPDATE);
}

/** Whether a message is an asset. The page evaluates only sources that passed this check. */
export function isAsset(wire: unknown): wire is Asset {
  return is.matches(wire, ASSET);
}
