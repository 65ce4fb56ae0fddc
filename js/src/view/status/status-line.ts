/** The line with the state of the reply, and the Stop button beside it. */

import type { Status } from "../../core/protocol.ts";
import type { ReplyAction } from "../../core/reply-actions.ts";
import { isRunning, lastReply, type Reply, type Transcript, type Turn } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";
import { ReplyStats } from "./reply-stats.ts";

const STATUS_LABELS: Readonly<Record<Status, string>> = {
  idle: "Ready",
  waiting: "Waiting for Claude…",
  streaming: "Answering…",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed",
};

const ACTION_LABELS: Readonly<Record<ReplyAction, string>> = {
  retry: "Asking again…",
  continue: "Continuing…",
  regenerate: "Asking again…",
};

/** The user is told of a stall after this time, because most slow starts and long thoughts are shorter. */
const STALL_NOTICE_SECONDS = 15;

export class StatusLine {
  readonly element: HTMLElement;
  readonly #status = element("span", "nbstream-state", { role: "status" });
  readonly #name = element("span", "nbstream-state-name");
  readonly #stats = new ReplyStats();
  readonly #stopButton: HTMLButtonElement;
  /** The turn whose Stop, pressed by the user, is on its way to the kernel. */
  #stoppingTurn: string | undefined;

  constructor(stop: () => void) {
    this.#stopButton = button("Stop", stop, { class: "nbstream-stop", title: "Stop (Escape)" });
    // While the text above grows, the button moves. A press that ends beside it would not be a click, so that
    // Stop acts when the press begins. A finger may be about to scroll, and its click goes to where the touch
    // began.
    this.#stopButton.addEventListener("pointerdown", ({ button, pointerType }) => {
      if (button === 0 && pointerType !== "touch") stop();
    });
    this.#status.append(this.#name, this.#stats.element);
    this.element = element("div", "nbstream-bar", {}, this.#status);
  }

  /** Note that the user's Stop is on its way to the kernel. */
  markStopping(turn: string): void {
    this.#stoppingTurn = turn;
  }

  /**
   * Show the state of the latest reply.
   *
   * @param now The page's clock, in seconds.
   * @param pendingAction The user's command about an ended reply, until the kernel has taken it up.
   */
  paint(transcript: Transcript, now: number, pendingAction?: ReplyAction): void {
    const turn = lastReply(transcript);
    const kernelNow = now - transcript.skew;
    const isReplyRunning = isRunning(turn?.reply);
    const isStopping = isReplyRunning && this.#stoppingTurn === turn?.id;
    const [notice, seconds] = stallNotice(turn?.reply, kernelNow);
    if (pendingAction) setText(this.#name, ACTION_LABELS[pendingAction]);
    else setText(this.#name, isStopping ? "Stopping…" : activityLabel(turn) + notice);
    if (pendingAction) this.#stats.paint(undefined);
    else this.#stats.paint(turn, isStopping ? "" : seconds, kernelNow);
    if (isReplyRunning && !this.#stopButton.isConnected) this.element.append(this.#stopButton);
    if (!isReplyRunning) this.#stopButton.remove();
  }
}

/** Say who acts next: the user if a call waits for approval, a tool if one is to run, otherwise Claude. */
function activityLabel(turn: (Turn & { reply: Reply }) | undefined): string {
  const calls = turn && isRunning(turn.reply) ? [...turn.calls.values()].map(({ state }) => state) : [];
  if (calls.includes("asking")) return "Waiting for your answer…";
  if (calls.includes("running") || calls.includes("queued")) return "Running tools…";
  return STATUS_LABELS[turn?.reply.status ?? "idle"];
}

/** Return a notice that Claude is silent, which is read out once, and the time, which is not read out. */
function stallNotice(reply: Reply | undefined, now: number): [notice: string, seconds: string] {
  const { since, until } = (isRunning(reply) && reply?.stalled) || {};
  if (since === undefined || !Number.isFinite(now)) return ["", ""];
  if (until !== undefined && until > now)
    return [" · Claude asks to wait; asking again in", ` ${formatDuration(until - now)}`];
  const stalledSeconds = Math.floor(now - since);
  return stalledSeconds < STALL_NOTICE_SECONDS
    ? ["", ""]
    : [" · nothing from Claude for", ` ${stalledSeconds} s`];
}
