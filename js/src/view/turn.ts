/** One turn of the conversation as an article. It is only ever added to, so a selection in it survives. */

import { goesOnWith } from "../core/breaks.ts";
import { type Block, isRunning, type Reply, type Turn } from "../core/transcript.ts";
import { Answer } from "./answer.ts";
import { element } from "./dom.ts";
import { type Ask, Ending, type Place } from "./ending.ts";
import { Feed } from "./feed.ts";
import { ALONE, type Surroundings } from "./markdown/document.ts";
import { PlainText } from "./plain-text.ts";
import { Thinking } from "./thinking.ts";

const SPEAKER = { user: "You", assistant: "Claude" } as const;

type Elapsed = (at: number) => number;

/**
 * What a block shows, brought up to what came until it is time; gives how much is left. An answer is the body of all
 * its blocks.
 */
interface Body {
  paint(elapsed: Elapsed, until: number): number;
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

  /** Gives what is left of it when it is time, as `heft`. */
  paint(turn: Turn, elapsed: Elapsed, place: Place = "latest", until = Number.POSITIVE_INFINITY): number {
    const left = this.#ending && this.#ended === turn.reply ? 0 : this.#grow(turn, elapsed, until);
    this.#ending?.paint(place, elapsed);
    return left;
  }

  #grow(turn: Turn, elapsed: Elapsed, until: number): number {
    this.#ending?.element.remove();
    this.#ending = undefined;
    if (turn.attempt !== this.#attempt) this.#startOver(turn.attempt);
    const running = isRunning(turn.reply);
    let left = 0;
    for (const [index, block] of turn.blocks.entries()) {
      if (left > 0) {
        left += block.length + OPS;
        continue;
      }
      this.#bodies[index] ??= this.#open(turn, index, block);
      const rest = this.#bodies[index].paint(elapsed, until);
      left = rest && rest + OPS;
    }
    this.element.toggleAttribute("aria-busy", running || left > 0);
    if (left > 0) return left;
    const growing = running ? this.#bodies.at(-1) : undefined;
    for (const body of this.#bodies) if (body instanceof Answer && body !== growing) body.end();
    if (turn.role === "assistant" && !running) this.#end(turn);
    return 0;
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
    const feed = new Feed(block, (more) => text.append(more));
    return { paint: (_, until) => feed.paint(until) };
  }

  #end(turn: Turn): void {
    this.#ended = turn.reply;
    this.#ending = new Ending(turn, this.#ask);
    this.element.append(this.#ending.element);
  }
}
