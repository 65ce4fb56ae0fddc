/**
 * What kernel and page say to each other; the twin of `src/nbstream/core/protocol.py`, where each field is
 * explained. Both are held to `tests/fixtures/frames.json`. Fields at their default are not on the wire.
 */

export const VERSION = 1;

export type Role = "user" | "assistant";
export type Status = "idle" | "waiting" | "streaming" | "done" | "stopped" | "failed";
export type Usage = Readonly<Record<string, unknown>>;

export type Op =
  | { readonly op: "turn"; readonly id: string; readonly role: Role }
  | { readonly op: "block"; readonly type: string; readonly at?: number; readonly data?: Usage }
  | { readonly op: "text"; readonly text: string }
  | { readonly op: "close"; readonly at?: number }
  | { readonly op: "drop" }
  | {
      readonly op: "reply";
      readonly status: Status;
      readonly at?: number;
      readonly stop_reason?: string | null;
      readonly usage?: Usage;
      readonly error?: string | null;
      readonly retry_at?: number | null;
    }
  | { readonly op: "quiet"; readonly since: number; readonly until?: number | null };

/** Kernel to page: the ops between two places of the log. */
export interface Update {
  readonly v: typeof VERSION;
  readonly kind: "update";
  readonly base: number;
  readonly seq: number;
  readonly now?: number;
  readonly ops?: readonly Op[];
  readonly to?: string | null;
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

/** Page to kernel: painted up to `seq`, has everything up to `received`. */
export interface Ack extends Presence {
  readonly kind: "ack";
  readonly received?: number;
}

/** Page to kernel: send what comes after `seq`; at 0 it is a new page's greeting. */
export interface Resync extends Presence {
  readonly kind: "resync";
  readonly saves?: boolean;
}

/** Page to kernel: this page is going, closed or loaded again. */
export interface Bye extends FromPage {
  readonly kind: "bye";
}

/** Page to kernel: stop this reply, and no later one. */
export interface Stop extends FromPage {
  readonly kind: "stop";
  readonly turn: string;
}

/** Page to kernel: the reader's next message; `key` tells a repetition from a second message. */
export interface Prompt extends FromPage {
  readonly kind: "prompt";
  readonly key: string;
  readonly text: string;
}

/** Page to kernel: ask for this reply again, or keep what came of it and go on from there. */
export interface Again extends FromPage {
  readonly kind: "retry" | "continue";
  readonly key: string;
  readonly turn: string;
}

export const PARTS = ["code", "math"] as const;
export type PartName = (typeof PARTS)[number];

/** Page to kernel: send this part of the page's code. */
export interface Want extends FromPage {
  readonly kind: "want";
  readonly part: PartName;
}

/** Kernel to page: the source of a part, for the page that wanted it. */
export interface Part {
  readonly v: typeof VERSION;
  readonly kind: "part";
  readonly part: PartName;
  readonly source: string;
  readonly to: string;
}

export type Frame = Update | Ack | Resync | Bye | Stop | Prompt | Again | Want | Part;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const place: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
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
  turn: { id: text, role: oneOf("user", "assistant") },
  block: { type: text, at: maybe(seconds), data: maybe(record) },
  text: { text },
  close: { at: maybe(seconds) },
  drop: {},
  reply: {
    status: oneOf("idle", "waiting", "streaming", "done", "stopped", "failed"),
    at: maybe(seconds),
    stop_reason: maybe(orNull(text)),
    usage: maybe(record),
    error: maybe(orNull(text)),
    retry_at: maybe(orNull(seconds)),
  },
  quiet: { since: seconds, until: maybe(orNull(seconds)) },
};

const isOp: Check = (value) => record(value) && fits(value, OPS[String((value as { op?: unknown }).op)]);

const UPDATE: Record<string, Check> = {
  v: (value) => value === VERSION,
  kind: oneOf("update"),
  base: place,
  seq: place,
  now: maybe(seconds),
  ops: maybe((value) => Array.isArray(value) && value.every(isOp)),
  to: maybe(orNull(text)),
};

const PART: Record<string, Check> = {
  v: (value) => value === VERSION,
  kind: oneOf("part"),
  part: oneOf(...PARTS),
  source: text,
  to: text,
};

function fits(value: unknown, checks: Record<string, Check> | undefined): boolean {
  if (checks === undefined) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries(checks).every(([name, check]) => check(fields[name]));
}

/** The only way in for a chat: is this a frame that this page may apply? */
export function isUpdate(wire: unknown): wire is Update {
  return record(wire) && fits(wire, UPDATE);
}

/** The only way in for the page's code: is this a part of it? */
export function isPart(wire: unknown): wire is Part {
  return record(wire) && fits(wire, PART);
}
