/** A call of a tool as a card: its name and state, and inside what it was given and what it gave back. */

import type { CallState } from "../../core/protocol.ts";
import { type Block, type Call, isRunning, type Turn } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration, formatPreciseDuration } from "../base/duration.ts";
import { asLine } from "../base/untrusted.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import { revealInvisible } from "../markdown/invisible-characters.ts";
import { Arguments } from "./arguments.ts";
import { Result } from "./result.ts";

type State = CallState | "coming" | "known";

const STATES: Readonly<Record<State, string>> = {
  // Claude is still writing the arguments, or the calls beside it.
  coming: "Preparing…",
  asking: "Asks to run",
  queued: "Waiting for the kernel",
  running: "Running…",
  done: "Done",
  failed: "Failed",
  refused: "Refused",
  stopped: "Stopped",
  // Of an earlier conversation, of which only what was said is kept.
  known: "",
};

const OVER: ReadonlySet<State> = new Set(["done", "failed", "refused", "stopped"]);

/** Gives the seconds since a time of the kernel's. */
export type Elapsed = (at: number) => number;

/**
 * What a block shows, brought up to what came until it is time; gives how much is left. An answer is the body of all
 * its blocks.
 */
export interface BlockView {
  paint(elapsed: Elapsed, until: number): number;
}

/** Lets a call run, or refuses it. */
export type Approve = (call: string, run: boolean) => void;

export function isCall(type: string): boolean {
  return type.endsWith("tool_use");
}

export function isResult(type: string): boolean {
  return type.endsWith("tool_result");
}

/** The API's name of the call that this block is, or that it is the result of. */
export function callId({ type, data }: Block): string {
  const id = isCall(type) ? data.id : data.call;
  return typeof id === "string" ? id : "";
}

export class CallCard {
  readonly element: HTMLDetailsElement;
  readonly #turn: Turn;
  readonly #surroundings: RenderEnvironment;
  readonly #approve: Approve;
  readonly #name = element("bdi", "nbstream-call-name", {}, "Result");
  readonly #state = element("span", "");
  readonly #time = element("span", "nbstream-call-time");
  readonly #summary = element("summary", "", {}, this.#name, this.#state, this.#time);
  readonly #results: Result[] = [];
  #call: Block | undefined;
  #arguments: Arguments | undefined;
  #buttons: HTMLElement | undefined;
  #pressed: Call | undefined;
  #shown: State | undefined;
  #told: State | undefined;
  /** The reader opened or closed it, and so it stays. */
  #touched = false;
  #opened = "";

  constructor(turn: Turn, surroundings: RenderEnvironment, approve: Approve) {
    this.#turn = turn;
    this.#surroundings = surroundings;
    this.#approve = approve;
    // Its state is said elsewhere, once; here the seconds and the arguments would be read out as they come.
    this.element = element("details", "nbstream-call", { "aria-live": "off" }, this.#summary);
    this.#summary.addEventListener("click", () => {
      this.#touched = true;
    });
    this.element.addEventListener("toggle", () => this.#arguments?.paint(this.element.open));
  }

  get hasCall(): boolean {
    return this.#call !== undefined;
  }

  /** The call, or a result of it, whichever came first; gives what paints it. */
  add(block: Block): BlockView {
    if (isResult(block.type)) return this.#addResult(block);
    this.#call = block;
    const server = asLine(block.data.server);
    const name = (asLine(block.data.name) || "A tool") + (server && ` at ${server}`);
    this.#name.replaceChildren(...revealInvisible(name));
    this.#arguments = new Arguments(block);
    this.#summary.after(this.#arguments.element);
    return this;
  }

  #addResult(block: Block): BlockView {
    const result = new Result(block, this.#surroundings);
    this.#results.push(result);
    this.element.append(result.element);
    const paint = (elapsed: Elapsed, until: number) => {
      this.paint(elapsed, until);
      const over = this.#turn.reply !== undefined && !isRunning(this.#turn.reply);
      // What a result has beside its text the log does not count.
      return result.paint(this.#name.textContent, over, until) ? 1 : 0;
    };
    return { paint };
  }

  paint(elapsed: Elapsed, until: number): number {
    const call = this.#turn.calls.get(this.#call ? callId(this.#call) : "");
    const state = this.#stateOf(call);
    this.#shown = state;
    setText(this.#state, STATES[state] && ` · ${STATES[state]}`);
    this.element.classList.toggle("nbstream-failed", state === "failed");
    setText(this.#time, this.#took(call, state, elapsed));
    this.#offer(state === "asking" ? call : undefined);
    this.#open(state);
    return this.#arguments?.paint(this.element.open, until) ?? 0;
  }

  /** Say aloud how it stands, once, when all that came of the turn is painted. */
  announce(): void {
    const state = this.#shown;
    if (state === this.#told) return;
    this.#told = state;
    if (state && state !== "coming" && state !== "known")
      this.#surroundings.announce(`${this.#name.textContent}: ${STATES[state]}`);
  }

  #stateOf(call: Call | undefined): State {
    if (call && OVER.has(call.state)) return call.state;
    if (this.#results.length > 0) return this.#results.some((result) => result.hasFailed) ? "failed" : "done";
    if (!isRunning(this.#turn.reply)) return this.#turn.reply ? "stopped" : "known";
    if (call) return call.state;
    // Servers run their tools themselves, and say nothing of it before the result.
    return this.#call?.type === "tool_use" || this.#call?.closedAt === undefined ? "coming" : "running";
  }

  #took(call: Call | undefined, state: State, elapsed: Elapsed): string {
    const began = call ? call.began : this.#call?.closedAt;
    if (!began || state === "coming" || state === "known") return "";
    if (state === "running") return ` · ${formatDuration(Math.floor(elapsed(began)))}`;
    const over =
      call && OVER.has(call.state) ? call.at : (this.#results[0]?.openedAt ?? this.#turn.reply?.ended);
    const seconds = (over ?? 0) - began;
    return seconds > 0 ? ` · ${formatPreciseDuration(seconds)}` : "";
  }

  /** Open what must be seen, once, unless the reader had another mind; never close it. */
  #open(state: State): void {
    const asks = state === "asking";
    const why =
      asks || state === "failed" ? state : this.#results.some(({ hasImages }) => hasImages) ? "pictures" : "";
    if (!why || why === this.#opened) return;
    this.#opened = why;
    if (asks || !this.#touched) this.element.open = true;
  }

  #offer(call: Call | undefined): void {
    if (!call) {
      this.#buttons?.remove();
      this.#buttons = undefined;
      return;
    }
    this.#buttons ??= this.#makeButtons();
    if (!this.#buttons.isConnected) this.#arguments?.element.after(this.#buttons);
    for (const made of this.#buttons.querySelectorAll("button")) made.disabled = this.#pressed === call;
  }

  #makeButtons(): HTMLElement {
    const made = [true, false].map((run) => {
      const name = run ? "Run" : "Refuse";
      return button(name, () => {
        const id = this.#call ? callId(this.#call) : "";
        this.#pressed = this.#turn.calls.get(id);
        this.#offer(this.#pressed);
        // The button is about to go, and the focus with it.
        this.#summary.focus({ preventScroll: true });
        this.#approve(id, run);
      });
    });
    return element("div", "nbstream-call-ask", {}, ...made);
  }
}
