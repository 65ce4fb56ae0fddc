/** View of one turn of the conversation, as an article. Content is only added, so a selection survives. */

import { CHAT_TEXT } from "../../core/page-text.ts";
import { isRunning, type Reply } from "../../core/reply.ts";
import type { Block, Turn } from "../../core/transcript.ts";
import { continuedBlock } from "../../core/turn-text.ts";
import { element } from "../base/dom.ts";
import { Answer } from "../blocks/answer.ts";
import { Media } from "../blocks/media.ts";
import { outputButtons } from "../blocks/output-buttons.ts";
import { citedSourceList, collectCitedSources, sourceNumber } from "../blocks/sources.ts";
import { createEncrypted, Thinking } from "../blocks/thinking.ts";
import { TypedText } from "../blocks/typed-text.ts";
import { UnknownBlock } from "../blocks/unknown-block.ts";
import { DETACHED, type RenderEnvironment } from "../markdown/context.ts";
import {
  type Approve,
  type BlockView,
  CallCard,
  callId,
  isCall,
  isResult,
  type SecondsSince,
} from "../tool-call/card.ts";
import { type RequestAction, TurnEnd, type TurnPlace } from "./turn-end.ts";

/** The most characters that the log counts for a turn, a block or a call in addition to the text. */
const OVERHEAD_CHARS = 4;

/**
 * Return how much of a new turn there is to paint: the number of characters that the log counts for it, or
 * slightly more.
 */
export function paintCost(turn: Turn): number {
  const overhead = OVERHEAD_CHARS * (1 + turn.calls.size);
  return turn.blocks.reduce((sum, block) => sum + block.length + OVERHEAD_CHARS, overhead);
}

type ElementView = BlockView & { readonly element: Element };

export class TurnView {
  readonly element: HTMLElement;
  /** The last row: the mark of a running reply, later the actions on the reply, and its figures. */
  readonly foot = element("div", "nbstream-foot");
  readonly #environment: RenderEnvironment;
  readonly #requestAction: RequestAction;
  readonly #approve: Approve;
  readonly #content = element("div", "nbstream-content");
  /** The view of each block, by the block's index. */
  #views: BlockView[] = [];
  /** The cards, by the API's ids of their calls. */
  #cards = new Map<string, CallCard>();
  #mediaRow: HTMLElement | undefined;
  #sources: HTMLElement | undefined;
  /** The view of the first block, if it was prepared and is not on the page yet. */
  #prepared: Answer | undefined;
  #attempt = 0;
  #end: TurnEnd | undefined;
  /** The key of the end that is shown. A reply that was continued has another key. */
  #shownEnd: Reply | string | undefined;

  constructor(
    turn: Turn,
    environment: RenderEnvironment = DETACHED,
    requestAction: RequestAction = () => {},
    approve: Approve = () => {},
  ) {
    this.#environment = environment;
    this.#requestAction = requestAction;
    this.#approve = approve;
    this.element = element("article", "nbstream-turn", {
      "data-role": turn.role,
      "aria-label": CHAT_TEXT.speakers[turn.role],
    });
    this.element.append(this.#content);
    if (turn.role === "assistant") this.element.append(this.foot);
  }

  /**
   * Bring the view up to date with the turn, until the deadline. Return how much is left, in the unit of
   * `paintCost`.
   */
  paint(
    turn: Turn,
    secondsSince: SecondsSince,
    place: TurnPlace = "latest",
    deadlineMs = Number.POSITIVE_INFINITY,
  ): number {
    const isComplete = this.#shownEnd === endKey(turn);
    const remaining = isComplete ? 0 : this.#paintContent(turn, secondsSince, deadlineMs);
    this.#end?.paint(place, secondsSince);
    return remaining;
  }

  /** Make text for the next `paint`, until the deadline. Return how much is left; infinity if that is not known. */
  prepare(turn: Turn, deadlineMs: number): number {
    const [block] = turn.blocks;
    if (turn.attempt !== this.#attempt || this.#shownEnd !== undefined) return Number.POSITIVE_INFINITY;
    if (this.#views.length === 0 && block?.type === "text" && turn.role === "assistant") {
      this.#prepared = new Answer(this.#environment);
      this.#prepared.add(block);
      this.#views = [this.#prepared];
    }
    const last = this.#views.at(-1);
    const left = last instanceof Answer ? last.prepare(deadlineMs) : Number.POSITIVE_INFINITY;
    return this.#views.length === turn.blocks.length ? left : Number.POSITIVE_INFINITY;
  }

  #paintContent(turn: Turn, secondsSince: SecondsSince, deadlineMs: number): number {
    this.#removeEnd();
    if (turn.attempt !== this.#attempt) this.#reset(turn.attempt);
    const remaining = this.#paintBlocks(turn, secondsSince, deadlineMs);
    const isReplyRunning = isRunning(turn.reply);
    this.element.toggleAttribute("aria-busy", isReplyRunning || remaining > 0);
    const isAsking = [...turn.calls.values()].some(({ state }) => state === "asking");
    this.foot.classList.toggle("nbstream-asking", isAsking);
    if (remaining > 0) return remaining;
    const growing = isReplyRunning ? this.#views.at(-1) : undefined;
    for (const view of this.#views) {
      if (view instanceof Answer && view !== growing) view.end();
      if (view instanceof CallCard) view.announce();
    }
    if (turn.role === "assistant" && !isReplyRunning) this.#showEnd(turn);
    return 0;
  }

  #paintBlocks(turn: Turn, secondsSince: SecondsSince, deadlineMs: number): number {
    let remaining = 0;
    for (const [index, block] of turn.blocks.entries()) {
      if (remaining > 0) {
        remaining += block.length + OVERHEAD_CHARS;
        continue;
      }
      this.#views[index] ??= this.#createView(turn, index, block);
      if (this.#prepared) this.#append(this.#prepared);
      this.#prepared = undefined;
      const rest = this.#views[index].paint(secondsSince, deadlineMs);
      remaining = rest && rest + OVERHEAD_CHARS;
    }
    return remaining;
  }

  /** Remove everything that was painted, because the request was made again. */
  #reset(attempt: number): void {
    this.#attempt = attempt;
    this.#views = [];
    this.#prepared = undefined;
    this.#cards = new Map();
    this.#mediaRow = undefined;
    this.#content.replaceChildren();
  }

  /** Create the view of a block. Its type comes from the API, which may add types at any time. */
  #createView(turn: Turn, index: number, block: Block): BlockView {
    const { type } = block;
    if (isCall(type) || isResult(type)) return this.#addToCard(turn, block);
    switch (type) {
      case "text":
        if (turn.role === "assistant") return this.#addToAnswer(turn, index, block);
        return block.data.markdown === true ? this.#createTable(block) : this.#append(new TypedText(block));
      case "thinking":
        return this.#append(new Thinking(block));
      case "redacted_thinking":
        return this.#append(createEncrypted());
      case "image":
      case "document":
        return this.#addMedia(turn, block);
      default:
        return this.#append(new UnknownBlock(block));
    }
  }

  /** Show a data frame that the user asked about. It is not announced. */
  #createTable(block: Block): BlockView {
    const table = this.#append(new Answer({ ...this.#environment, announce: () => {} }));
    table.add(block);
    return table;
  }

  #append<View extends ElementView>(view: View): View {
    this.#content.append(view.element);
    return view;
  }

  /** Show a call or a result. A result is put into the card of its call, wherever it stands in the turn. */
  #addToCard(turn: Turn, block: Block): BlockView {
    const id = callId(block);
    const known = this.#cards.get(id);
    const isNew = !known || (isCall(block.type) && known.hasCall);
    const card = isNew ? this.#append(new CallCard(turn, this.#environment, this.#approve)) : known;
    if (id) this.#cards.set(id, card);
    return card.add(block);
  }

  /**
   * Show an image or a document. In a message, media are above the text; in an answer, they are where they
   * came. Neighbouring media share a row.
   */
  #addMedia(turn: Turn, block: Block): BlockView {
    const media = new Media(block);
    const isAnswer = turn.role === "assistant";
    if (!this.#mediaRow || (isAnswer && this.#mediaRow !== this.#content.lastElementChild)) {
      this.#mediaRow = element("div", "nbstream-media-row");
      if (isAnswer) this.#content.append(this.#mediaRow);
      else this.#content.prepend(this.#mediaRow);
    }
    this.#mediaRow.append(media.element);
    return media;
  }

  /**
   * Show a text block of an answer. If it continues an earlier text, it is added to that text, above any
   * thinking that came in between, so that no text moves.
   */
  #addToAnswer(turn: Turn, index: number, block: Block): Answer {
    const before = this.#views[continuedBlock(turn, index) ?? -1];
    const answer = before instanceof Answer ? before : new Answer(this.#environment);
    if (answer !== before) this.#content.append(answer.element);
    answer.add(block);
    return answer;
  }

  #showCitations(turn: Turn): void {
    const sources = collectCitedSources(turn);
    if (sources.size === 0) return;
    for (const view of this.#views)
      if (view instanceof Answer) view.showCitations((citation) => sourceNumber(sources, citation));
    this.#sources = citedSourceList(sources);
    this.foot.before(this.#sources);
  }

  #showEnd(turn: Turn): void {
    this.#shownEnd = endKey(turn);
    this.#showCitations(turn);
    this.#end = new TurnEnd(turn, this.#requestAction, outputButtons(turn, this.#content, this.#environment));
    this.foot.prepend(this.#end.element);
  }

  #removeEnd(): void {
    this.#end?.element.remove();
    this.#end = undefined;
    this.#shownEnd = undefined;
    this.#sources?.remove();
  }
}

/** Return a key for a turn's end: its reply, or its size in an earlier conversation that was loaded without replies. */
function endKey(turn: Turn): Reply | string {
  return turn.reply ?? `${paintCost(turn)} ${turn.blocks.at(-1)?.closedAt}`;
}
