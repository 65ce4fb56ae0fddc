/**
 * Form in which a conversation is saved in a notebook's file. This is the twin of
 * `src/nbstream/core/saved/saved_output.py`, which explains each rule. `tests/fixtures/saved_output.json` tests
 * both.
 */

import { escapeControls } from "../control-characters.ts";
import type { Role } from "../protocol.ts";
import { isRunning } from "../reply.ts";
import type { Turn } from "../transcript.ts";
import { asCodeBlock, makeSafe } from "./safe-markdown.ts";
import { EMPTY, SPEAKERS, UNFINISHED } from "./saved-notes.ts";
import { oneLine, partLine, type SavedPart, savedParts } from "./saved-parts.ts";

/** The most bytes of the Markdown in the file: this many times those of its text, and `SPARE_BYTES` more. */
const MAX_GROWTH_RATIO = 1.2;
const SPARE_BYTES = 1_000;

/** Bytes of a line in a notebook's JSON besides its text: indentation, quotes, comma. */
const LINE_OVERHEAD_BYTES = 14;

export interface SavedTurn {
  readonly role: Role;
  readonly parts: readonly SavedPart[];
  readonly note?: string;
}

/** The data of an output that shows a conversation. */
export type OutputData = Readonly<Record<"text/markdown" | "text/plain", string>>;

interface OutputForm {
  readonly text: (text: string) => string;
  readonly line: (part: SavedPart) => string;
  readonly name: (name: string) => string;
  readonly note: (note: string) => string;
}

const SAFE: OutputForm = {
  text: makeSafe,
  line: (part) => makeSafe(partLine(part, true)),
  name: (name) => `**${name}**`,
  note: (note) => makeSafe(`*${note}*`),
};
/** Lines and texts take little more room as code. A note in code would not look like a note. */
const CODE: OutputForm = { ...SAFE, text: asCodeBlock, line: (part) => asCodeBlock(partLine(part, false)) };
const PLAIN: OutputForm = {
  text: escapeControls,
  line: (part) => escapeControls(partLine(part, false)),
  name: (name) => `${name}:`,
  note: (note) => escapeControls(`(${note})`),
};

/** Return the parts of each turn that are saved. */
export function savedTurns(turns: readonly Turn[]): SavedTurn[] {
  const parts = savedParts(turns);
  return turns.map((turn, index) => ({ role: turn.role, parts: parts[index] ?? [], note: noteOf(turn) }));
}

/** Return the conversation as the data of an output: safe Markdown, and plain text for terminals. */
export function toOutput(all: readonly SavedTurn[], empty = EMPTY): OutputData {
  let turns = all.filter((turn) => turn.parts.length > 0 || turn.note);
  if (turns.length === 0) return { "text/markdown": `*${empty}*`, "text/plain": empty };
  const isSingleAnswer = turns.map((turn) => turn.role).join() === "user,assistant";
  if (isSingleAnswer) turns = turns.slice(1);
  const markdown = joinTurns(turns, SAFE, isSingleAnswer);
  const plain = joinTurns(turns, PLAIN, isSingleAnswer);
  const isTooLong = jsonBytes(markdown) > MAX_GROWTH_RATIO * jsonBytes(plain) + SPARE_BYTES;
  return {
    "text/markdown": isTooLong ? joinTurns(turns, CODE, isSingleAnswer) : markdown,
    "text/plain": oneLine(plain),
  };
}

/** Return several conversations as the data of one output, each under its name. */
export function sideBySide(
  chats: readonly (readonly [name: string, turns: readonly SavedTurn[]])[],
): OutputData {
  const each = chats.map(([name, turns]) => ({ name, data: toOutput(turns) }));
  const heading = (name: string) => (name ? makeSafe(`**${name}**`) : "---");
  const markdown = each.map(({ name, data }) => `${heading(name)}\n\n${data["text/markdown"]}`);
  const plain = each.map(({ name, data }) => `${name && `${name}:\n\n`}${data["text/plain"]}`);
  return { "text/markdown": markdown.join("\n\n"), "text/plain": oneLine(plain.join("\n\n")) };
}

function noteOf({ reply }: Turn): string {
  if (!reply) return "";
  if (isRunning(reply)) return UNFINISHED;
  return reply.error || (reply.note ?? "");
}

function joinTurns(turns: readonly SavedTurn[], form: OutputForm, isSingleAnswer: boolean): string {
  const parts: string[] = [];
  for (const turn of turns) {
    if (!isSingleAnswer) parts.push(form.name(SPEAKERS[turn.role]));
    for (const part of turn.parts)
      parts.push(part.kind === "text" ? form.text(part.text).replace(/^\n+|\n+$/g, "") : form.line(part));
    if (turn.note)
      parts.push(form.note(turn.note.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "").replace(/[ \t\r\n]+/g, " ")));
  }
  return parts.join("\n\n");
}

function utf8Bytes(text: string): number {
  let sum = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    sum += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return sum;
}

function jsonBytes(text: string): number {
  const marks = text.match(/["\\]/g)?.length ?? 0;
  return utf8Bytes(text) + LINE_OVERHEAD_BYTES * text.split("\n").length + marks;
}
