/** One turn of the conversation as an article. It is only ever added to, so a selection in it survives. */

import { type Block, isRunning, lengthOf, type Turn, textOf } from "../core/transcript.ts";
import { copyButton } from "./copy.ts";
import { element, setAttribute } from "./dom.ts";
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

/** What one block shows, brought up to what came. */
interface Body {
  paint(elapsed: Elapsed, ended: boolean): void;
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

  paint(turn: Turn, elapsed: Elapsed): void {
    if (this.#finished) return;
    if (turn.attempt !== this.#attempt) this.#startOver(turn.attempt);
    const running = isRunning(turn.reply);
    for (const [index, block] of turn.blocks.entries()) {
      this.#bodies[index] ??= this.#open(block, turn.role);
      this.#bodies[index].paint(elapsed, block.closedAt !== undefined || !running);
    }
    this.element.toggleAttribute("aria-busy", running);
    if (turn.role === "assistant" && !running) this.#finish(turn);
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
    let painted = 0;
    return {
      paint: () => {
        const more = block.parts.slice(painted).join("");
        painted = block.parts.length;
        if (more) text.append(more);
      },
    };
  }

  /** Screen readers are told of its finished blocks elsewhere, so here it is not live. */
  #answer(block: Block, root: HTMLElement): Body {
    setAttribute(root, "aria-live", "off");
    const text = new MarkdownText(root, this.#surroundings);
    let painted = 0;
    let over = false;
    return {
      paint: (_, ended) => {
        const more = block.parts.slice(painted).join("");
        painted = block.parts.length;
        if (more) text.append(more);
        if (ended && !over) text.end();
        over = ended;
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
