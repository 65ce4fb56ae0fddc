/**
 * View of a tool call as a card. One line shows the call, its result and its state; inside the card are its
 * arguments and its result in full. A call that asks has its buttons beside the line.
 */

import { TOOL_TEXT } from "../../core/page-text.ts";
import type { CallState } from "../../core/protocol.ts";
import { isRunning } from "../../core/reply.ts";
import type { Block, Call, Turn } from "../../core/transcript.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration, formatPreciseDuration } from "../base/duration.ts";
import { asLine } from "../base/untrusted.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import { revealInvisible } from "../markdown/invisible-characters.ts";
import { Arguments } from "./arguments.ts";
import { argumentsLine } from "./call-line.ts";
import { callQuestion } from "./call-question.ts";
import { Result } from "./result.ts";

/**
 * The state of a card. It is the kernel's state of the call, or one of two other states. "coming": Claude is
 * still writing the arguments, or another call of the same reply. "known": the call is from an earlier
 * conversation, of which only the messages were kept.
 */
type State = CallState | "coming" | "known";

const STATE_LABELS: Readonly<Record<State, string>> = TOOL_TEXT.states;

const FINAL_STATES: ReadonlySet<State> = new Set(["done", "failed", "refused", "stopped"]);

/** A call that took less has no time on its line: the time is given in tenths of a second. */
const LEAST_SECONDS = 0.1;

/** Returns the seconds since a time of the kernel's clock. */
export type SecondsSince = (at: number) => number;

/** The view of a block. All blocks of an answer share one view. */
export interface BlockView {
  /**
   * Bring the view up to date with its block, until the deadline.
   *
   * @param deadlineMs A time of `performance.now()`.
   * @returns How much is left, in the unit of `paintCost`.
   */
  paint(secondsSince: SecondsSince, deadlineMs: number): number;
}

/** Allows a call to run (`run`), or refuses it. */
export type Approve = (call: string, run: boolean, always: boolean) => void;

export function isCall(type: string): boolean {
  return type.endsWith("tool_use");
}

export function isResult(type: string): boolean {
  return type.endsWith("tool_result");
}

/**
 * Return the API's id of a block's call. The block is the call itself, or the result of the call. Return ""
 * if there is no id.
 */
export function callId({ type, data }: Block): string {
  const id = isCall(type) ? data.id : data.call;
  return typeof id === "string" ? id : "";
}

export class CallCard {
  readonly element = element("div", "nbstream-call", { "aria-live": "off" });
  readonly #turn: Turn;
  readonly #environment: RenderEnvironment;
  readonly #approve: Approve;
  readonly #name = element("bdi", "nbstream-call-name", {}, TOOL_TEXT.result);
  readonly #argumentsLine = element("bdi", "nbstream-call-arguments");
  readonly #resultLine = element("bdi", "nbstream-call-result");
  readonly #stateLabel = element("span", "");
  readonly #time = element("span", "nbstream-call-time");
  /** The line stands in the summary, and beside the buttons while the call asks. */
  readonly #line = element(
    "span",
    "nbstream-call-line",
    {},
    this.#name,
    this.#argumentsLine,
    this.#resultLine,
  );
  readonly #summary = element("summary", "", {}, this.#line);
  readonly #details = element("details", "", {}, this.#summary);
  readonly #results: Result[] = [];
  #call: Block | undefined;
  #arguments: Arguments | undefined;
  #isLineWhole = false;
  #question: HTMLElement | undefined;
  /** The call as it was when the user pressed a button. The buttons come back if the kernel asks once more. */
  #answeredCall: Call | undefined;
  #state: State | undefined;
  #announcedState: State | undefined;
  /** Whether the user has opened or closed the card. If so, it opens by itself only to ask the user. */
  #isToggledByUser = false;
  #openReason = "";

  constructor(turn: Turn, environment: RenderEnvironment, approve: Approve) {
    this.#turn = turn;
    this.#environment = environment;
    this.#approve = approve;
    // The `Announcer` announces each state once. If the card were a live region, its seconds and arguments
    // would be read out as they come.
    this.#line.append(this.#stateLabel, this.#time);
    this.element.append(this.#details);
    this.#summary.addEventListener("click", () => {
      this.#isToggledByUser = true;
    });
    this.#details.addEventListener("toggle", () => this.#arguments?.paint(this.#details.open));
  }

  get hasCall(): boolean {
    return this.#call !== undefined;
  }

  /** Add the call or one of its results; either may come first. Return the view that paints the block. */
  add(block: Block): BlockView {
    if (isResult(block.type)) return this.#addResult(block);
    this.#call = block;
    const server = asLine(block.data.server);
    const tool = asLine(block.data.name) || TOOL_TEXT.unnamed;
    const name = server ? TOOL_TEXT.nameAt(tool, server) : tool;
    this.#name.replaceChildren(...revealInvisible(name));
    this.#arguments = new Arguments(block);
    this.#summary.after(this.#arguments.element);
    return this;
  }

  #addResult(block: Block): BlockView {
    const result = new Result(block, this.#environment);
    this.#results.push(result);
    this.#details.append(result.element);
    const paint = (secondsSince: SecondsSince, deadlineMs: number) => {
      this.paint(secondsSince, deadlineMs);
      const isReplyOver = this.#turn.reply !== undefined && !isRunning(this.#turn.reply);
      // The log counts the characters of a result's text, and not the result's data. A result that is not
      // painted to its end counts as 1 here.
      const isLeft = result.paint(this.#name.textContent, isReplyOver, deadlineMs, this.#state === "refused");
      this.#paintResultLine();
      return isLeft ? 1 : 0;
    };
    return { paint };
  }

  paint(secondsSince: SecondsSince, deadlineMs: number): number {
    const call = this.#turn.calls.get(this.#call ? callId(this.#call) : "");
    const state = this.#stateOf(call);
    this.#state = state;
    this.#paintLine(call, state, secondsSince);
    this.element.classList.toggle("nbstream-failed", state === "failed");
    this.#showQuestion(state === "asking" ? call : undefined);
    this.#openIfNeeded(state);
    return this.#arguments?.paint(this.#details.open, deadlineMs) ?? 0;
  }

  #paintLine(call: Call | undefined, state: State, secondsSince: SecondsSince): void {
    if (this.#call?.closedAt !== undefined && !this.#argumentsLine.hasChildNodes()) {
      const { text, isWhole } = argumentsLine(this.#call.parts.join(""));
      this.#isLineWhole = isWhole;
      this.#argumentsLine.replaceChildren(...revealInvisible(`(${text})`));
    }
    // A call that is done says so by its result.
    const label = state === "done" ? "" : STATE_LABELS[state];
    setText(this.#stateLabel, label && ` · ${label}`);
    setText(this.#time, this.#timeText(call, state, secondsSince));
  }

  #paintResultLine(): void {
    if (this.#resultLine.hasChildNodes() || this.#state !== "done") return;
    const line = this.#results[0]?.line ?? "";
    if (line) this.#resultLine.replaceChildren(" → ", ...revealInvisible(line));
  }

  /** Announce a new state. Call this only once the whole turn is painted. */
  announce(): void {
    const state = this.#state;
    if (state === this.#announcedState) return;
    this.#announcedState = state;
    if (state && state !== "coming" && state !== "known")
      this.#environment.announce(`${this.#name.textContent}: ${STATE_LABELS[state]}`);
  }

  #stateOf(call: Call | undefined): State {
    if (call && FINAL_STATES.has(call.state)) return call.state;
    if (this.#results.length > 0) return this.#results.some(({ hasFailed }) => hasFailed) ? "failed" : "done";
    if (!isRunning(this.#turn.reply)) return this.#turn.reply ? "stopped" : "known";
    if (call) return call.state;
    // A tool that the API or a server runs reports nothing before its result, so its call counts as running
    // as soon as its arguments are complete.
    return this.#call?.type === "tool_use" || this.#call?.closedAt === undefined ? "coming" : "running";
  }

  /** Format how many seconds a call has been running, or how long it ran. */
  #timeText(call: Call | undefined, state: State, secondsSince: SecondsSince): string {
    const began = call ? call.began : this.#call?.closedAt;
    if (!began || state === "coming" || state === "known") return "";
    if (state === "running") return ` · ${formatDuration(Math.floor(secondsSince(began)))}`;
    const isOver = call && FINAL_STATES.has(call.state);
    const end = isOver ? call.at : (this.#results[0]?.openedAt ?? this.#turn.reply?.ended);
    const seconds = (end ?? 0) - began;
    return seconds >= LEAST_SECONDS ? ` · ${formatPreciseDuration(seconds)}` : "";
  }

  /**
   * Open the card when the call asks the user, has failed or has returned pictures, once for each of these
   * reasons. If the user has opened or closed the card, it is left alone, unless the call asks.
   */
  #openIfNeeded(state: State): void {
    const isAsking = state === "asking";
    const pictures = this.#results.some(({ hasImages }) => hasImages) ? "pictures" : "";
    const reason = isAsking || state === "failed" ? state : pictures;
    if (!reason || reason === this.#openReason) return;
    this.#openReason = reason;
    if (isAsking || !this.#isToggledByUser) this.#details.open = true;
  }

  /**
   * Show the line with the buttons for a call that asks to run, or put the line back into the summary. What the
   * buttons allow is in sight: in the line, or in the open box below it.
   */
  #showQuestion(call: Call | undefined): void {
    const isAsking = call !== undefined && call !== this.#answeredCall;
    if (isAsking === (this.#question !== undefined)) return;
    if (isAsking) {
      this.#question = callQuestion(this.#line, (run, always) => this.#answer(run, always));
      this.#summary.replaceChildren(TOOL_TEXT.arguments);
      this.element.prepend(this.#question);
    } else {
      this.#summary.replaceChildren(this.#line);
      this.#question?.remove();
      this.#question = undefined;
      // The card was opened to show what the buttons allow.
      if (!this.#isToggledByUser) this.#details.open = false;
    }
    this.#details.hidden = isAsking && this.#isLineWhole;
  }
  #answer(run: boolean, always: boolean): void {
    const id = this.#call ? callId(this.#call) : "";
    this.#answeredCall = this.#turn.calls.get(id);
    this.#showQuestion(undefined);
    // The pressed button had the focus, and is no longer on the page.
    this.#summary.focus({ preventScroll: true });
    this.#approve(id, run, always);
  }
}
