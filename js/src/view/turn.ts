/** One turn of the conversation as an article. It is only ever added to, so a selection in it survives. */

import { goesOnWith } from "../core/breaks.ts";
import { type Block, isRunning, type Reply, type Turn } from "../core/transcript.ts";
import { Answer } from "./answer.ts";
import { element } from "./dom.ts";
import { type Ask, Ending, type Place } from "./ending.ts";
import { ALONE, type Surroundings } from "./markdown/document.ts";
import { PlainText } from "./plain-text.ts";
import { Thinking } from "./thinking.ts";

const SPEAKER = { user: "You", assistant: "Claude" } as const;

type Elapsed = (at: number) => number;

/** What a block shows, brought up to what came; an answer is the body of all its blocks. */
interface Body {
  paint(elapsed: Elapsed): void;
}

export class TurnView {
  readonly element: HTMLElement;
  readonly #surroundings: Surroundings;
  readonly #ask: Ask;
  readonly #content = element("div", "nbstream-content");
  #bodies: Body[] = [];
  #attempt = 0;
  #ending: Ending | undefined;
  /** The reply whose end is shown: one that goes on is another. */
  #ended: Reply | undefined;

  constructor(turn: Turn, surroundings: Surroundings = ALONE, ask: Ask = () => {}) {
    this.#surroundings = surroundings;
    this.#ask = ask;
    this.element = element("article", "nbstream-turn", {
      "data-role": turn.role,
      "aria-label": SPEAKER[turn.role],
    });
    this.element.append(this.#content);
  }

  paint(turn: Turn, elapsed: Elapsed, place: Place = "latest"): void {
    if (this.#ending === undefined || this.#ended !== turn.reply) this.#grow(turn, elapsed);
    this.#ending?.paint(place, elapsed);
  }

  #grow(turn: Turn, elapsed: Elapsed): void {
    this.#ending?.element.remove();
    this.#ending = undefined;
    if (turn.attempt !== this.#attempt) this.#startOver(turn.attempt);
    const running = isRunning(turn.reply);
    for (const [index, block] of turn.blocks.entries()) {
      this.#bodies[index] ??= this.#open(turn, index, block);
      this.#bodies[index].paint(elapsed);
    }
    const growing = running ? this.#bodies.at(-1) : undefined;
    for (const body of this.#bodies) if (body instanceof Answer && body !== growing) body.end();
    this.element.toggleAttribute("aria-busy", running);
    if (turn.role === "assistant" && !running) this.#end(turn);
  }

  #startOver(attempt: number): void {
    this.#attempt = attempt;
    this.#bodies = [];
    this.#content.replaceChildren();
  }

  #open(turn: Turn, index: number, block: Block): Body {
    if (block.type === "thinking") {
      const thinking = new Thinking(block);
      this.#content.append(thinking.element);
      return thinking;
    }
    if (turn.role === "assistant" && block.type === "text") return this.#answer(turn, index, block);
    return this.#plain(block);
  }

  /** What goes on stays where it stands, above what was thought since: nothing that is read moves. */
  #answer(turn: Turn, index: number, block: Block): Answer {
    const before = this.#bodies[goesOnWith(turn, index) ?? -1];
    const answer = before instanceof Answer ? before : new Answer(this.#surroundings);
    if (answer !== before) this.#content.append(answer.element);
    answer.add(block);
    return answer;
  }

  #plain(block: Block): Body {
    const root = this.#content.appendChild(element("div", "nbstream-text", { dir: "auto" }));
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

  #end(turn: Turn): void {
    this.#ended = turn.reply;
    this.#ending = new Ending(turn, this.#ask);
    this.element.append(this.#ending.element);
  }
}
