/** One turn of the conversation as an article. It is only ever added to, so a selection in it survives. */

import { type Block, isRunning, type Turn } from "../core/transcript.ts";
import { element, setText } from "./dom.ts";
import { PlainText } from "./plain-text.ts";

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

interface Body {
  readonly block: Block;
  readonly text: PlainText;
  readonly paint: () => void;
  painted: number;
}

export class TurnView {
  readonly element: HTMLElement;
  readonly #content: HTMLElement;
  readonly #end: HTMLElement;
  #bodies: Body[] = [];
  #attempt = 0;
  #finished = false;

  constructor(turn: Turn) {
    const speaker = SPEAKER[turn.role];
    this.#content = element("div", "nbstream-content");
    this.#end = element("div", "nbstream-end");
    this.element = element("article", "nbstream-turn", { "data-role": turn.role, "aria-label": speaker });
    this.element.append(this.#content, this.#end);
  }

  paint(turn: Turn, elapsed: (at: number) => number): void {
    if (this.#finished) return;
    if (turn.attempt !== this.#attempt) this.#startOver(turn.attempt);
    for (const [index, block] of turn.blocks.entries()) {
      this.#bodies[index] ??= this.#open(block, elapsed);
      this.#bodies[index].paint();
    }
    const running = isRunning(turn.reply);
    this.element.toggleAttribute("aria-busy", running);
    if (turn.role === "assistant" && !running) this.#finish(turn);
  }

  #startOver(attempt: number): void {
    this.#attempt = attempt;
    this.#bodies = [];
    this.#content.replaceChildren();
  }

  #open(block: Block, elapsed: (at: number) => number): Body {
    const holder = block.type === "thinking" ? this.#thinking(block, elapsed) : this.#body();
    const text = new PlainText(holder.root);
    const body: Body = {
      block,
      text,
      painted: 0,
      paint: () => {
        if (body.painted < block.parts.length) text.append(block.parts.slice(body.painted).join(""));
        body.painted = block.parts.length;
        holder.refresh?.();
      },
    };
    return body;
  }

  #body(): { root: HTMLElement; refresh?: () => void } {
    return { root: this.#content.appendChild(element("div", "nbstream-text")) };
  }

  #thinking(block: Block, elapsed: (at: number) => number): { root: HTMLElement; refresh: () => void } {
    const root = element("div", "nbstream-thinking-text");
    const summary = element("summary", "");
    this.#content.append(element("details", "nbstream-thinking", {}, summary, root));
    const refresh = () => {
      const seconds = (block.closedAt ?? block.openedAt) - block.openedAt;
      const took = Math.max(1, Math.round(block.closedAt === undefined ? elapsed(block.openedAt) : seconds));
      setText(summary, block.closedAt === undefined ? "Thinking…" : `Thought for ${took} s`);
    };
    return { root, refresh };
  }

  #finish(turn: Turn): void {
    this.#finished = true;
    this.element.removeAttribute("aria-busy");
    const { error, stopReason } = turn.reply ?? {};
    const note = NOTES[stopReason ?? ""];
    if (error !== undefined) this.#end.append(element("div", "nbstream-alert", { role: "alert" }, error));
    else if (note !== undefined) this.#end.append(element("p", "nbstream-note", {}, note));
  }
}
