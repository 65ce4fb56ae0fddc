/**
 * A conversation as it stands in a notebook's file; the twin of `src/nbstream/core/written.py`, where each rule is
 * explained. Both are held to `tests/fixtures/written.json`.
 */

import { fenced, portable } from "./portable.ts";
import type { Role } from "./protocol.ts";
import { isRunning, type Turn, textOf } from "./transcript.ts";

/** Ends that a reader must be told of; the others speak for themselves. */
export const NOTES: Readonly<Record<string, string>> = {
  max_tokens: "The answer reached max_tokens and breaks off here.",
  model_context_window_exceeded: "The conversation has filled the model's context window.",
  refusal:
    "Claude declined to go on with this. Your message and what came of the answer are left out of what is sent next.",
  user: "You stopped the answer here.",
  interrupt: "The kernel was interrupted; the answer stopped here.",
  closed: "The chat was closed, so the answer was stopped.",
  abandoned: "No page showed this answer for a while, so it was stopped.",
  budget: "The chat has spent its budget, so the answer was stopped.",
  rounds: "Claude has gone on with the results of its calls as often as one answer may, so it was stopped.",
};

const UNFINISHED = "This answer was still being written when the notebook was saved.";
const EMPTY = "Nothing had been said in this chat when the notebook was saved.";
export const ELSEWHERE = "This conversation stands in this notebook above.";

const SPEAKERS = { user: "You", assistant: "Claude" } as const;

const TIMES = 3;
const ROOM = 16_000;
const LINE = 14;
const SHORT = 2_000;

export interface Said {
  readonly role: Role;
  readonly text: string;
  readonly note?: string;
}

/** The data of an output that holds the conversation. */
export type Written = Readonly<Record<"text/markdown" | "text/plain", string>>;

interface Form {
  readonly text: (text: string) => string;
  readonly name: (name: string) => string;
  readonly note: (note: string) => string;
}

const SAFE: Form = {
  text: portable,
  name: (name) => `**${name}**`,
  note: (note) => portable(`*${note}*`),
};
const CODE: Form = { ...SAFE, text: fenced };
const PLAIN: Form = { text: (text) => text, name: (name) => `${name}:`, note: (note) => `(${note})` };

/** What is written of a conversation's turns. */
export function said(turns: readonly Turn[]): Said[] {
  return turns.map((turn) => ({ role: turn.role, text: textOf(turn), note: noteOf(turn) }));
}

/** The conversation as the data of an output: safe Markdown, and the text itself for terminals. */
export function written(all: readonly Said[], empty = EMPTY): Written {
  let turns = all.filter((turn) => turn.text || turn.note);
  if (turns.length === 0) return { "text/markdown": `*${empty}*`, "text/plain": empty };
  const alone = turns.map((turn) => turn.role).join() === "user,assistant";
  if (alone) turns = turns.slice(1);
  const size = turns.reduce((sum, turn) => sum + bytes(turn.text), 0);
  let markdown = joined(turns, SAFE, alone);
  if (stored(markdown) > (TIMES - 1) * size + ROOM / 2) markdown = joined(turns, CODE, alone);
  let plain = joined(turns, PLAIN, alone);
  if (stored(markdown) + stored(plain) > TIMES * size + ROOM)
    plain = `${[...plain.slice(0, 2 * SHORT)].slice(0, SHORT).join("")}…\n\n(The rest is in this output's Markdown.)`;
  return { "text/markdown": markdown, "text/plain": plain };
}

function noteOf({ reply }: Turn): string {
  if (!reply) return "";
  if (isRunning(reply)) return UNFINISHED;
  return reply.error || (NOTES[reply.stopReason ?? ""] ?? "");
}

function joined(turns: readonly Said[], form: Form, alone: boolean): string {
  const parts: string[] = [];
  for (const turn of turns) {
    if (!alone) parts.push(form.name(SPEAKERS[turn.role]));
    if (turn.text) parts.push(form.text(turn.text).replace(/^\n+|\n+$/g, ""));
    if (turn.note) parts.push(form.note(turn.note.trim().replace(/\s+/g, " ")));
  }
  return parts.join("\n\n");
}

function bytes(text: string): number {
  let sum = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    sum += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return sum;
}

function stored(text: string): number {
  const marks = text.match(/["\\]/g)?.length ?? 0;
  return bytes(text) + LINE * text.split("\n").length + marks;
}
