/** One turn of the conversation as an article. It is only ever added to, so a selection in it survives. */

import { continuedBlock } from "../../core/reply-actions.ts";
import { type Block, isRunning, type Reply, type Turn } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { PlainText } from "../base/plain-text.ts";
import { TextFeed } from "../base/text-feed.ts";
import { Answer } from "../blocks/answer.ts";
import { Media } from "../blocks/media.ts";
import { citedSourceList, collectCitedSources, sourceNumber } from "../blocks/sources.ts";
import { Thinking } from "../blocks/thinking.ts";
import { UnknownBlock } from "../blocks/unknown-block.ts";
import { DETACHED, type RenderEnvironment } from "../markdown/context.ts";
import {
  type Approve,
  type BlockView,
  CallCard,
  callId,
  type Elapsed,
  isCall,
  isResult,
} from "../tool-call/card.ts";
import { type Ask, Ending, type Place } from "./turn-end.ts";

const SPEAKER = { user: "You", assistant: "Claude" } as const;

/** What the log counts for a turn beside its text, and for each of its blocks and calls, at most. */
const OPS = 4;

/** How much there is to paint of a turn that was not begun, in the log's measure or a little more. */
export function paintCost(turn: Turn): number {
  const beside = OPS * (1 + turn.calls.size);
  return turn.blocks.reduce((sum, block) => sum + block.length + OPS, beside);
}

export class TurnView {
  readonly element: HTMLElement;
  readonly #surroundings: RenderEnvironment;
  readonly #ask: Ask;
  readonly #approve: Approve;
  readonly #content = element("div", "nbstream-content");
  #bodies: BlockView[] = [];
  /** The cards by the API's names of their calls. */
  #cards = new Map<string, CallCard>();
  #media: HTMLElement | undefined;
  #sources: HTMLElement | undefined;
  #attempt = 0;
  #ending: Ending | undefined;
  /** The reply whose end is shown: one that goes on is another. */
  #ended: Reply | string | undefined;

  constructor(
    turn: Turn,
    surroundings: RenderEnvironment = DETACHED,
    ask: Ask = () => {},
    approve: Approve = () => {},
  ) {
    this.#surroundings = surroundings;
    this.#ask = ask;
    this.#approve = approve;
    this.element = element("article", "nbstream-turn", {
      "data-role": turn.role,
      "aria-label": SPEAKER[turn.role],
    });
    this.element.append(this.#content);
  }

  /** Gives what is left of it when it is time, as `heft`. */
  paint(turn: Turn, elapsed: Elapsed, place: Place = "latest", until = Number.POSITIVE_INFINITY): number {
    const left = this.#ended === endOf(turn) ? 0 : this.#grow(turn, elapsed, until);
    this.#ending?.paint(place, elapsed);
    return left;
  }

  #grow(turn: Turn, elapsed: Elapsed, until: number): number {
    this.#ending?.element.remove();
    this.#ending = undefined;
    this.#ended = undefined;
    this.#sources?.remove();
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
    for (const body of this.#bodies) {
      if (body instanceof Answer && body !== growing) body.end();
      if (body instanceof CallCard) body.announce();
    }
    if (turn.role === "assistant" && !running) this.#end(turn);
    return 0;
  }

  #startOver(attempt: number): void {
    this.#attempt = attempt;
    this.#bodies = [];
    this.#cards = new Map();
    this.#media = undefined;
    this.#content.replaceChildren();
  }

  #open(turn: Turn, index: number, block: Block): BlockView {
    const { type } = block;
    if (type === "text" && turn.role === "assistant") return this.#answer(turn, index, block);
    if (type === "text") return block.data.markdown === true ? this.#table(block) : this.#plain(block);
    if (isCall(type) || isResult(type)) return this.#card(turn, block);
    if (type === "redacted_thinking") return this.#place(note("Some of the thinking is encrypted."));
    if (type === "image" || type === "document") return this.#medium(turn, block);
    return this.#place(type === "thinking" ? new Thinking(block) : new UnknownBlock(block));
  }

  /** A data frame that was asked about; nobody is read it aloud. */
  #table(block: Block): BlockView {
    const table = this.#place(new Answer({ ...this.#surroundings, announce: () => {} }));
    table.add(block);
    return table;
  }

  #place<Made extends BlockView & { readonly element: Element }>(made: Made): Made {
    this.#content.append(made.element);
    return made;
  }

  /** A result stands in the card of its call, wherever the turn has it. */
  #card(turn: Turn, block: Block): BlockView {
    const id = callId(block);
    const known = this.#cards.get(id);
    const card =
      known && !(isCall(block.type) && known.hasCall)
        ? known
        : this.#place(new CallCard(turn, this.#surroundings, this.#approve));
    if (id) this.#cards.set(id, card);
    return card.add(block);
  }

  /** Those of a question stand above its text, those of an answer where they come; neighbours in a row. */
  #medium(turn: Turn, block: Block): BlockView {
    const medium = new Media(block);
    if (!this.#media || (turn.role === "assistant" && this.#media !== this.#content.lastElementChild)) {
      this.#media = element("div", "nbstream-row");
      if (turn.role === "assistant") this.#content.append(this.#media);
      else this.#content.prepend(this.#media);
    }
    this.#media.append(medium.element);
    return medium;
  }

  /** What goes on stays where it stands, above what was thought since: nothing that is read moves. */
  #answer(turn: Turn, index: number, block: Block): Answer {
    const before = this.#bodies[continuedBlock(turn, index) ?? -1];
    const answer = before instanceof Answer ? before : new Answer(this.#surroundings);
    if (answer !== before) this.#content.append(answer.element);
    answer.add(block);
    return answer;
  }

  #plain(block: Block): BlockView {
    const root = this.#content.appendChild(element("div", "nbstream-text", { dir: "auto" }));
    const text = new PlainText(root);
    const feed = new TextFeed(block, (more) => text.append(more));
    return { paint: (_, until) => feed.paint(until) };
  }

  #cite(turn: Turn): void {
    const sources = collectCitedSources(turn);
    if (sources.size === 0) return;
    for (const body of this.#bodies)
      if (body instanceof Answer) body.showCitations((citation) => sourceNumber(sources, citation));
    this.#sources = citedSourceList(sources);
    this.element.append(this.#sources);
  }

  #end(turn: Turn): void {
    this.#ended = endOf(turn);
    this.#cite(turn);
    this.#ending = new Ending(turn, this.#ask);
    this.element.append(this.#ending.element);
  }
}

/** What another end of a turn differs in: its reply, and without one, as in a conversation gone on with, its size. */
function endOf(turn: Turn): Reply | string {
  return turn.reply ?? `${paintCost(turn)} ${turn.blocks.at(-1)?.closedAt}`;
}

function note(text: string): BlockView & { readonly element: HTMLElement } {
  return { element: element("p", "nbstream-note", {}, text), paint: () => 0 };
}
