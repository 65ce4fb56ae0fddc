/** One turn of the conversation as an article. It is only ever added to, so a selection in it survives. */

import { type Block, isRunning, lengthOf, type Turn, textOf } from "../core/transcript.ts";
import { copyButton } from "./copy.ts";
import { element, setAttribute } from "./dom.ts";
import { Feed } from "./feed.ts";
import { ALONE, type Surroundings } from "./markdown/document.ts";
import { MarkdownText } from "./markdown/markdown-text.ts";
import { PlainText } from "./plain-text.ts";
import { Thinking } from "./thinking.ts";

const SPEAKER = { user: "You", assistant: "Claude" } as const;

/** Ends that a reader must be told of; the others speak for themselves. */
const NOTES: Readonly<Record<string, string>> = {
  max_tokens: "The answer reached max_tokens and breaks off here.",
  model_context_window_exceeded: "The conversation has filled the model's context window.",
  refusal: "Claude declined to go on with this.",
  user: "You stopped the answer here.",
  interrupt: "The kernel was interrupted; the answer stopped here.",
  closed: "Nobody was reading; the answer stopped here.",
  abandoned: "Nobody was reading; the answer stopped here.",
};

type Elapsed = (at: number) => number;

/** What one block shows, brought up to what came until it is time; gives how much is left. */
interface Body {
  paint(elapsed: Elapsed, ended: boolean, until: number): number;
}

/** What the log counts for a turn beside its text, and for each of its blocks, at most. */
const OPS = 3;

/** How much there is to paint of a turn that was not begun, in the log's measure or a little more. */
export function heft(turn: Turn): number {
  return turn.blocks.reduce((sum, block) => sum + block.length + OPS, OPS);
}

export class TurnView {
  readonly element: HTMLElement;
  readonly #surroundings: Surroundings;
  readonly #content = element("div", "nbstream-content");
  readonly #end = element("div", "nbstream-end");
  #bodies: Body[] = [];
  #attempt = 0;
  #finished = false;

  constructor(turn: Turn, surroundings: Surroundings = ALONE) {
    this.#surroundings = surroundings;
    this.element = element("article", "nbstream-turn", {
      "data-role": turn.role,
      "aria-label": SPEAKER[turn.role],
    });
    this.element.append(this.#content, this.#end);
  }

  /** Gives what is left of it when it is time, as `heft`. */
  paint(turn: Turn, elapsed: Elapsed, until = Number.POSITIVE_INFINITY): number {
    if (this.#finished) return 0;
    if (turn.attempt !== this.#attempt) this.#startOver(turn.attempt);
    const running = isRunning(turn.reply);
    let left = 0;
    for (const [index, block] of turn.blocks.entries()) {
      if (left > 0) {
        left += block.length + OPS;
        continue;
      }
      this.#bodies[index] ??= this.#open(block, turn.role);
      const rest = this.#bodies[index].paint(elapsed, block.closedAt !== undefined || !running, until);
      left = rest && rest + OPS;
    }
    this.element.toggleAttribute("aria-busy", running || left > 0);
    if (turn.role === "assistant" && !running && left === 0) this.#finish(turn);
    return left;
  }

  #startOver(attempt: number): void {
    this.#attempt = attempt;
    this.#bodies = [];
    this.#content.replaceChildren();
  }

  #open(block: Block, role: Turn["role"]): Body {
    if (block.type === "thinking") {
      const thinking = new Thinking(block);
      this.#content.append(thinking.element);
      return thinking;
    }
    const root = this.#content.appendChild(element("div", "nbstream-text"));
    if (role === "assistant" && block.type === "text") return this.#answer(block, root);
    root.dir = "auto";
    const text = new PlainText(root);
    const feed = new Feed(block, (more) => text.append(more));
    return { paint: (_, __, until) => feed.paint(until) };
  }

  /** Screen readers are told of its finished blocks elsewhere, so here it is not live. */
  #answer(block: Block, root: HTMLElement): Body {
    setAttribute(root, "aria-live", "off");
    const text = new MarkdownText(root, this.#surroundings);
    const feed = new Feed(block, (more) => text.append(more));
    let over = false;
    return {
      paint: (_, ended, until) => {
        const left = feed.paint(until);
        if (left > 0) return left;
        if (ended && !over) text.end();
        over = ended;
        return 0;
      },
    };
  }

  #finish(turn: Turn): void {
    this.#finished = true;
    this.element.removeAttribute("aria-busy");
    const { error, stopReason } = turn.reply ?? {};
    const note = NOTES[stopReason ?? ""];
    if (error !== undefined) this.#end.append(element("div", "nbstream-alert", { role: "alert" }, error));
    else if (note !== undefined) this.#end.append(element("p", "nbstream-note", {}, note));
    if (lengthOf(turn) === 0) return;
    const copy = copyButton("Copy the answer as Markdown", () => textOf(turn));
    this.#end.append(element("div", "nbstream-actions", {}, copy));
  }
}
