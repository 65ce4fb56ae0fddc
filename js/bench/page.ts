/** The page's half of `benchmarks/page.py`: shows answers on request; the Python half measures. */

import { Connection } from "../src/chat/connection.ts";
import highlighter from "../src/lazy/highlight/code.ts";
import renderFormula from "../src/lazy/math.ts";
import { ChatView } from "../src/view/chat.ts";
import type { Assets } from "../src/view/markdown/assets.ts";
import { DETACHED } from "../src/view/markdown/context.ts";
import { MarkdownText } from "../src/view/markdown/markdown-text.ts";
import { CONSTRUCTS } from "../test/core/markdown/constructs.ts";
import { CORPORA } from "../test/core/markdown/corpora.ts";
import { ANSWER, ended, FakeKernel, QUESTION, text as textOp } from "../test/fakes.ts";
import { CANDIDATES } from "./candidates.ts";

const LINE = /(?<=\n)/;

function corpus(kind: string, size: number): string {
  return CORPORA[kind]?.(size) ?? "";
}

/** Return the first lines of a kind of text. */
function lines(kind: string, count: number): string {
  return corpus(kind, count * 300)
    .split(LINE)
    .slice(0, count)
    .join("");
}

let text = "";

/** Prepare a text, and clear the page. */
export function take(kind: string, size: number): void {
  document.body.replaceChildren();
  text = corpus(kind, size);
}

/** Show the whole text in pieces of a size, as fast as possible; lay out and scroll to the end after each. */
export function feed(candidate: string, flush: number): void {
  const box = document.body.appendChild(document.createElement("div"));
  box.className = "nbstream";
  box.style.cssText = "height: 600px; overflow: auto";
  const host = box.appendChild(document.createElement("div"));
  host.className = "nbstream-text";
  const shown = CANDIDATES[candidate]?.(host);
  for (let at = 0; at < text.length; at += flush) {
    shown?.append(text.slice(at, at + flush));
    box.scrollTop = box.scrollHeight;
  }
}

/** Assets that are loaded already. */
const ASSETS: Assets = { highlighter, math: async () => renderFormula, output: async () => undefined };

/** A chat as in a notebook, with its connection and its painter; only the kernel is a fake. */
class Stage {
  readonly kernel = new FakeKernel();
  readonly #updates: number[] = [];
  readonly #observer: MutationObserver;
  readonly #life = new AbortController();

  constructor() {
    document.body.replaceChildren();
    const { signal } = this.#life;
    const connection = new Connection(this.kernel, [], signal);
    connection.attach(new ChatView(document.body, connection, signal, ASSETS), signal);
    this.#observer = new MutationObserver(() => this.#updates.push(Number(document.timeline.currentTime)));
    const everything = { subtree: true, childList: true, attributes: true, characterData: true };
    this.#observer.observe(document.body, everything);
    this.kernel.write([...QUESTION, ...ANSWER]);
  }

  /** Return the highest rate of updates a second since a time, over any eleven in a row. */
  busiest(since: number): number {
    const times = this.#updates.filter((time) => time >= since);
    return Math.max(...times.slice(10).map((time, at) => 10_000 / (time - (times[at] as number))));
  }

  end(): void {
    this.kernel.write(ended("done"));
    this.#observer.disconnect();
    setTimeout(() => this.#life.abort(), 500);
  }
}

const TOKEN_CHARS = 4;
const FRAME_INTERVAL_MS = 100;

/** Characters of a frame before the measurement: as fast as the page takes them without a long task. */
const AHEAD_CHARS = 2_000;

const TEXTS: Readonly<Record<string, () => string>> = {
  mixed: () => corpus("mixed", 256_000),
  code: () => lines("code", 2_003),
  table: () => lines("table", 502),
  list: () => lines("list", 2_000),
};

let stage: Stage | undefined;
let rest = "";

const pause = () => new Promise((resolve) => setTimeout(resolve, FRAME_INTERVAL_MS));

/** Show a text except for its end, which takes this many seconds at this rate in tokens a second. */
export async function prepare(kind: string, rate: number, seconds: number): Promise<void> {
  stage = new Stage();
  const text = TEXTS[kind]?.() ?? "";
  const start = Math.max(0, text.length - rate * TOKEN_CHARS * seconds);
  for (let at = 0; at < start; at += AHEAD_CHARS) {
    stage.kernel.write([textOp(text.slice(at, Math.min(start, at + AHEAD_CHARS)))]);
    await pause();
  }
  rest = text.slice(start);
  await pause();
}

/** Show the rest at the rate in tokens a second; return the highest rate of updates a second. */
export async function stream(rate: number): Promise<number> {
  const began = performance.now();
  let at = 0;
  while (at < rest.length) {
    await pause();
    const due = Math.min(rest.length, Math.ceil(((performance.now() - began) / 1_000) * rate * TOKEN_CHARS));
    if (due > at) stage?.kernel.write([textOp(rest.slice(at, due))]);
    at = due;
  }
  await pause();
  const most = stage?.busiest(began) ?? 0;
  stage?.end();
  await pause();
  return most;
}

/** The names of the texts of `trickle`. */
export function constructs(): string[] {
  return Object.keys(CONSTRUCTS);
}

/** Remove the text before, which takes a long task if it is of many elements. */
export async function clear(): Promise<void> {
  document.body.replaceChildren();
  await pause();
}

/** Show a text in pieces as the page's painter hands them out, each in a task of its own. */
export async function trickle(name: string, size: number, flush: number): Promise<void> {
  const host = document.body.appendChild(document.createElement("div"));
  host.className = "nbstream";
  const shown = new MarkdownText(host.appendChild(document.createElement("div")), {
    ...DETACHED,
    assets: ASSETS,
  });
  const text = CONSTRUCTS[name]?.(size) ?? "";
  const paint = async (work: () => void) => {
    await new Promise((resolve) => setTimeout(resolve));
    work();
    document.documentElement.scrollTop = host.scrollHeight;
  };
  for (let at = 0; at < text.length; at += flush) await paint(() => shown.append(text.slice(at, at + flush)));
  await paint(() => shown.end());
  await pause();
}
