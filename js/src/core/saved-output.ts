/**
 * A conversation as it stands in a notebook's file; the twin of `src/nbstream/core/written.py`, where each rule is
 * explained. Both are held to `tests/fixtures/saved_output.json`.
 */

import type { Role } from "./protocol.ts";
import { fenced, portable } from "./safe-markdown.ts";
import { EMPTY, UNFINISHED } from "./saved-notes.ts";
import { isRunning, type Turn, textOf } from "./transcript.ts";

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

/** Several conversations as the data of one output, each under its name. */
export function sideBySide(chats: readonly (readonly [name: string, turns: readonly Said[]])[]): Written {
  const each = chats.map(([name, turns]) => ({ name, data: written(turns) }));
  const markdown = each.map(({ name, data }) => `${portable(`**${name}**`)}\n\n${data["text/markdown"]}`);
  const plain = each.map(({ name, data }) => `${name}:\n\n${data["text/plain"]}`);
  return { "text/markdown": markdown.join("\n\n"), "text/plain": plain.join("\n\n") };
}

function noteOf({ reply }: Turn): string {
  if (!reply) return "";
  if (isRunning(reply)) return UNFINISHED;
  return reply.error || (reply.note ?? "");
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
