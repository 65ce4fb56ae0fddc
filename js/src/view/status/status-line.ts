/** View of the line that shows the state of the reply, with the Stop button beside it. */

import type { Link } from "../../chat/link.ts";
import { LINK_TEXT, STATUS_TEXT, UNIT_TEXT } from "../../core/page-text.ts";
import { isRunning, type Reply } from "../../core/reply.ts";
import type { ReplyAction } from "../../core/reply-actions.ts";
import { lastReply, type Transcript, type Turn } from "../../core/transcript.ts";
import { button, stopButton } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";
import { lossLabel } from "./link-label.ts";
import { ReplyStats } from "./reply-stats.ts";

/** Time before the user is told of a stall. Most slow starts and pauses for thinking are shorter. */
const STALL_NOTICE_SECONDS = 15;

export class StatusLine {
  readonly element: HTMLElement;
  readonly #status = element("span", "nbstream-state", { role: "status" });
  readonly #name = element("span", "nbstream-state-name");
  readonly #stats = new ReplyStats();
  readonly #stopButton: HTMLButtonElement;
  readonly #moveButton: HTMLButtonElement;
  readonly #moreButton: HTMLButtonElement;
  readonly #stopPlace: HTMLElement;
  readonly #refusal = element("span", "nbstream-refusal", { role: "alert", dir: "auto" });
  /** The id of the turn that the user has stopped, while the Stop may still be on its way to the kernel. */
  #stoppingTurn: string | undefined;

  /** @param stopPlace Where the Stop button is put while a reply runs; by default the line's own end. */
  constructor(stop: () => void, move: () => void = () => {}, stopPlace?: HTMLElement) {
    this.#stopButton = stopButton(stop);
    this.#moveButton = button(STATUS_TEXT.move, move, {
      class: "nbstream-move",
      title: STATUS_TEXT.moveTitle,
    });
    this.#moreButton = button(STATUS_TEXT.figures, () => this.#toggleAll(), {
      class: "nbstream-more",
      "aria-pressed": "false",
    });
    this.#status.append(this.#name, this.#stats.element);
    this.element = element("div", "nbstream-bar", {}, this.#status);
    this.#stopPlace = stopPlace ?? this.element;
  }

  /** Note that the user's Stop is on its way to the kernel. */
  markStopping(turn: string): void {
    this.#stoppingTurn = turn;
  }

  /**
   * Show the state of the latest reply.
   *
   * @param now The page's clock, in seconds.
   * @param pendingAction The user's command about an ended reply; undefined once the kernel has started it.
   * @param link The link to the kernel.
   */
  paint(transcript: Transcript, now: number, pendingAction?: ReplyAction, link?: Link): void {
    const turn = lastReply(transcript);
    this.#paintButton(this.#moveButton, link?.canMove === true);
    this.#paintRefusal(link?.refusal ?? "");
    const linkNotice = link && linkLabel(link, turn);
    // The words of a finished reply and of an empty chat are hidden, and never a notice in their place.
    const isDone = (!turn || turn.reply.status === "done") && !pendingAction && !linkNotice;
    this.element.classList.toggle("nbstream-done", isDone);
    if (linkNotice) {
      setText(this.#name, linkNotice);
      // The clock of a running reply stands still while the page does not know how the reply goes on.
      this.#stats.paint(isRunning(turn?.reply) ? undefined : turn);
      this.#paintButton(this.#stopButton, isRunning(turn?.reply), this.#stopPlace);
      this.#paintMore();
      return;
    }
    const kernelNow = now - transcript.skew;
    const isReplyRunning = isRunning(turn?.reply);
    const isStopping = isReplyRunning && this.#stoppingTurn === turn?.id;
    const [notice, seconds] = stallNotice(turn?.reply, kernelNow);
    if (pendingAction) setText(this.#name, STATUS_TEXT.actions[pendingAction]);
    else setText(this.#name, isStopping ? STATUS_TEXT.stopping : activityLabel(turn) + notice);
    if (pendingAction) this.#stats.paint(undefined);
    else this.#stats.paint(turn, isStopping ? "" : seconds, kernelNow);
    this.#paintButton(this.#stopButton, isReplyRunning, this.#stopPlace);
    this.#paintMore();
  }

  #paintButton(node: HTMLButtonElement, isShown: boolean, place = this.element): void {
    if (!isShown) node.remove();
    else if (node.parentElement !== place) place.append(node);
  }

  #paintMore(): void {
    const hasDetails = this.#stats.element.querySelector(".nbstream-detail") !== null;
    if (hasDetails && !this.#moreButton.parentElement) this.#status.after(this.#moreButton);
    else if (!hasDetails) this.#moreButton.remove();
  }

  #toggleAll(): void {
    const isOpen = this.element.classList.toggle("nbstream-all-figures");
    setAttribute(this.#moreButton, "aria-pressed", String(isOpen));
  }

  #paintRefusal(refusal: string): void {
    setText(this.#refusal, refusal);
    if (!refusal) this.#refusal.remove();
    else if (!this.#refusal.isConnected) this.element.append(this.#refusal);
  }
}

/** Return the label for a link that is not in order; undefined for one that is. */
function linkLabel({ state, loss }: Link, turn: (Turn & { reply: Reply }) | undefined): string | undefined {
  switch (state) {
    case "connected":
      return undefined;
    case "away":
      return LINK_TEXT.away;
    case "moving":
    case "moved":
      return STATUS_TEXT.moving;
    case "lost": {
      const label = lossLabel(loss);
      return turn
        ? `${STATUS_TEXT.replies[turn.reply.status]} · ${label}`
        : `${label.charAt(0).toUpperCase()}${label.slice(1)}`;
    }
    default:
      return state satisfies never;
  }
}

/**
 * Return a label that says who acts next: the user if a call waits for approval, a tool if one runs or is to
 * run, and otherwise Claude.
 */
function activityLabel(turn: (Turn & { reply: Reply }) | undefined): string {
  const calls = turn && isRunning(turn.reply) ? [...turn.calls.values()].map(({ state }) => state) : [];
  if (calls.includes("asking")) return STATUS_TEXT.approval;
  if (calls.includes("running") || calls.includes("queued")) return STATUS_TEXT.tools;
  return STATUS_TEXT.replies[turn?.reply.status ?? "idle"];
}

/**
 * Return a notice that Claude is silent, and the time of the silence. Screen readers read out the notice
 * once, and never the time.
 */
function stallNotice(reply: Reply | undefined, now: number): [notice: string, seconds: string] {
  const { since, until } = (isRunning(reply) && reply?.stalled) || {};
  if (since === undefined || !Number.isFinite(now)) return ["", ""];
  if (until !== undefined && until > now)
    return [` · ${STATUS_TEXT.retrying}`, ` ${formatDuration(until - now)}`];
  const stalledSeconds = Math.floor(now - since);
  return stalledSeconds < STALL_NOTICE_SECONDS
    ? ["", ""]
    : [` · ${STATUS_TEXT.silent}`, ` ${UNIT_TEXT.seconds(stalledSeconds)}`];
}
