/** The line that says how the reply stands, and the Stop button beside it. */

import type { ReplyAction } from "../../core/reply-actions.ts";
import { isRunning, lastReply, type Reply, type Transcript, type Turn } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";
import { ReplyStats } from "./reply-stats.ts";

const STATES: Readonly<Record<string, string>> = {
  idle: "Ready",
  waiting: "Waiting for Claude…",
  streaming: "Answering…",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed",
};

const ASKED: Readonly<Record<ReplyAction, string>> = {
  retry: "ReplyAction again…",
  continue: "Continuing…",
  regenerate: "ReplyAction again…",
};

/** Seconds without anything from Claude after which a reader is told; a slow start or a long thought is shorter. */
const SAID_AFTER = 15;

export class StatusLine {
  readonly element: HTMLElement;
  readonly #status = element("span", "nbstream-state", { role: "status" });
  readonly #figures = new ReplyStats();
  readonly #stop: HTMLButtonElement;
  #stopping: string | undefined;

  constructor(stop: () => void) {
    this.#stop = button("Stop", stop, { class: "nbstream-stop", title: "Stop (Escape)" });
    // While the text above grows the button moves, and a press that ends beside it would be no click. A finger may
    // be about to scroll; its click goes to where it began.
    this.#stop.addEventListener("pointerdown", ({ button, pointerType }) => {
      if (button === 0 && pointerType !== "touch") stop();
    });
    this.#status.append(element("span", "nbstream-state-name"), this.#figures.element);
    this.element = element("div", "nbstream-bar", {}, this.#status);
  }

  /** The reader's Stop is on its way. */
  markStopping(turn: string): void {
    this.#stopping = turn;
  }

  /** `asked` is what the reader asked of an ended reply, until the kernel has taken it up. */
  paint(transcript: Transcript, now: number, asked?: ReplyAction): void {
    const turn = lastReply(transcript);
    const running = isRunning(turn?.reply);
    const at = now - transcript.skew;
    let [name, more] = silence(turn?.reply, at);
    if (asked) name = ASKED[asked];
    else if (running && this.#stopping === turn?.id) [name, more] = ["Stopping…", ""];
    else name = stateOf(turn) + name;
    setText(this.#status.firstElementChild as HTMLElement, name);
    if (asked) this.#figures.paint(undefined);
    else this.#figures.paint(turn, more, at);
    if (running && !this.#stop.isConnected) this.element.append(this.#stop);
    if (!running) this.#stop.remove();
  }
}

/** While calls are asked about or run, it is not Claude that is waited for. */
function stateOf(turn: (Turn & { reply: Reply }) | undefined): string {
  const calls = turn && isRunning(turn.reply) ? [...turn.calls.values()].map(({ state }) => state) : [];
  if (calls.includes("asking")) return "Waiting for your answer…";
  if (calls.includes("running") || calls.includes("queued")) return "Running tools…";
  return STATES[turn?.reply.status ?? "idle"] ?? "";
}

/** That nothing comes, which is read out once, and for how long, which is not. */
function silence(reply: Reply | undefined, now: number): [said: string, seconds: string] {
  const { since, until } = (isRunning(reply) && reply?.stalled) || {};
  if (since === undefined || !Number.isFinite(now)) return ["", ""];
  if (until !== undefined && until > now)
    return [" · Claude asks to wait; asking again in", ` ${formatDuration(until - now)}`];
  const silent = Math.floor(now - since);
  return silent < SAID_AFTER ? ["", ""] : [" · nothing from Claude for", ` ${silent} s`];
}
