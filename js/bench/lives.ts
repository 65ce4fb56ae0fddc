/** The page's half of `benchmarks/lives.py`: chats with a long life, opened on request; the Python half measures. */

import { Connection } from "../src/chat/connection.ts";
import type { Op } from "../src/core/protocol.ts";
import highlighter from "../src/lazy/highlight/code.ts";
import renderFormula from "../src/lazy/math.ts";
import { ChatView } from "../src/view/chat.ts";
import type { Assets } from "../src/view/markdown/assets.ts";
import { CORPORA } from "../test/core/markdown/corpora.ts";
import { ANSWER, ended, FakeKernel, text } from "../test/fakes.ts";

const ASSETS: Assets = { highlighter, math: async () => renderFormula, output: async () => undefined };
const SHORT_ANSWER_CHARS = 600;
/** The only answer of the page that the others are compared with. It fills the box, so that this one scrolls too. */
const BASELINE_ANSWER_CHARS = 4_000;
const LONG_ANSWER_CHARS = 256_000;
const FRAME_CHARS = 8_192;
const LAST_WORDS = "That is all.";
const FRAME_INTERVAL_MS = 110;

/** The conversations of a page: for each chat, the length of each of its answers. */
const PAGES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  "one turn": [[BASELINE_ANSWER_CHARS]],
  "300 turns": [Array(300).fill(SHORT_ANSWER_CHARS)],
  "30 chats": Array(30).fill([SHORT_ANSWER_CHARS]),
  "64,000 tokens": [[LONG_ANSWER_CHARS]],
};

function turnOps(id: number, answer: string): Op[] {
  const pieces: Op[] = [];
  for (let at = 0; at < answer.length; at += FRAME_CHARS)
    pieces.push(text(answer.slice(at, at + FRAME_CHARS)));
  return [
    { op: "turn", id: `u${id}`, role: "user" },
    { op: "block", type: "text" },
    text("And what follows from that?"),
    { op: "close" },
    { op: "turn", id: `a${id}`, role: "assistant" },
    { op: "reply", status: "waiting" },
    ...ANSWER,
    ...pieces,
    ...ended("done"),
  ];
}

/** Create the place of an output. JupyterLab's default skips cells out of sight in the same way. */
function createCell(): HTMLElement {
  const cell = document.body.appendChild(document.createElement("div"));
  cell.style.cssText = "content-visibility: auto; contain-intrinsic-size: auto 300px";
  return cell;
}

/** One chat on the page, as after a reload: its kernel has all of it. */
class OpenChat {
  readonly kernel = new FakeKernel();
  readonly element = createCell();
  readonly #life = new AbortController();
  readonly #answers: readonly number[];
  #turns = 0;

  constructor(answers: readonly number[]) {
    this.#answers = answers;
  }

  show(): void {
    const { signal } = this.#life;
    const connection = new Connection(this.kernel, [], signal);
    connection.attach(new ChatView(this.element, connection, signal, ASSETS), signal);
    const corpus = CORPORA.mixed?.(Math.max(...this.#answers)) ?? "";
    for (const [index, length] of this.#answers.entries()) {
      const isLast = index === this.#answers.length - 1;
      const answer = corpus.slice(0, length) + (isLast ? `\n\n${LAST_WORDS}` : "");
      this.kernel.write(turnOps(this.#turns++, answer));
    }
  }

  async ask(answer: string): Promise<void> {
    const [question, reply] = [turnOps(this.#turns++, ""), answer];
    this.kernel.write(question.slice(0, -2));
    for (let at = 0; at < reply.length; at += 40) {
      this.kernel.write([text(reply.slice(at, at + 40))]);
      await pause(FRAME_INTERVAL_MS);
    }
    this.kernel.write(ended("done"));
    await pause(2 * FRAME_INTERVAL_MS);
  }

  get log(): HTMLElement {
    return this.element.querySelector(".nbstream-log") as HTMLElement;
  }

  get isComplete(): boolean {
    const ends = this.element.querySelectorAll("[data-role=assistant] .nbstream-end");
    return ends.length === this.#answers.length && !this.element.querySelector("[aria-busy]");
  }

  close(): void {
    this.#life.abort();
    this.element.remove();
  }
}

let chats: OpenChat[] = [];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Wait for a frame, and for what is painted after it. */
function frame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

export function clear(): void {
  for (const chat of chats) chat.close();
  chats = [];
  document.body.replaceChildren();
}

/** Open a page. Return the ms until what is in sight is there, and until all of it is. */
export async function open(kind: string): Promise<[number, number]> {
  clear();
  chats = (PAGES[kind] ?? []).map((answers) => new OpenChat(answers));
  await frame();
  let began = performance.now();
  for (const chat of chats.toReversed()) {
    await pause(0);
    if (chat === chats[0]) began = performance.now();
    chat.show();
  }
  let seenMs = 0;
  while (!chats.every((chat) => chat.isComplete)) {
    await frame();
    if (!seenMs && isPlaceInSight(chats[0])) seenMs = performance.now() - began;
  }
  const allMs = performance.now() - began;
  return [seenMs || allMs, allMs];
}

/**
 * Whether the reader sees what is in sight when all of it is there: the end of the conversation, or the last question
 * with a box full of an answer that goes on.
 */
function isPlaceInSight(chat: OpenChat | undefined): boolean {
  const turn = [...(chat?.element.querySelectorAll(".nbstream-turn") ?? [])].at(-1);
  const end = turn?.querySelector(".nbstream-foot");
  if (!chat || !turn) return false;
  if (end && turn.textContent?.includes(LAST_WORDS)) return isInBox(chat.log, end);
  const box = chat.log.getBoundingClientRect();
  const question = turn.previousElementSibling;
  return turn.getBoundingClientRect().bottom > box.bottom + box.height && isInBox(chat.log, question);
}

function isInBox(log: HTMLElement, node: Element | null | undefined): boolean {
  const [box, own] = [log, node].map((each) => each?.getBoundingClientRect());
  return box !== undefined && own !== undefined && own.top < box.bottom && own.bottom > box.top;
}

/** Scroll the first chat's box, or the page, up and down again by small steps. */
export async function scroll(steps: number): Promise<void> {
  const { log } = chats[0] as OpenChat;
  const box = log.scrollHeight > log.clientHeight + 1 ? log : document.documentElement;
  for (let step = 0; step < steps; step++) {
    box.scrollTop += step < steps / 2 ? -40 : 40;
    await frame();
  }
}

/** Put the cursor into the first chat's message box. */
export function focusBox(): void {
  chats[0]?.element.querySelector("textarea")?.focus();
}

/** Ask in the first chat, and show the answer as it comes. */
export async function ask(): Promise<void> {
  await chats[0]?.ask(CORPORA.mixed?.(SHORT_ANSWER_CHARS) ?? "");
}
