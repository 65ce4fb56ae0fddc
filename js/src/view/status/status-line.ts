/**
 * View of the line that shows the state and the figures of the latest reply. It stands in the last row of that reply,
 * and below the conversation if there is no reply or if the chat is lost.
 */

import type { Link } from "../../chat/link.ts";
import { BLOCK_TEXT, LINK_TEXT, STATUS_TEXT, UNIT_TEXT } from "../../core/page-text.ts";
import { isRunning, type Reply } from "../../core/reply.ts";
import type { ReplyAction } from "../../core/reply-actions.ts";
import { lastReply, type Transcript, type Turn } from "../../core/transcript.ts";
import { button, stopButton } from "../base/button.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";
import { lossLabel } from "./link-label.ts";
import { ReplyStats } from "./reply-stats.ts";

/** Time before the user is told of a stall. Most slow starts and pauses for thinking are shorter. */
const STALL_NOTICE_SECONDS = 15;

export class StatusLine {
  readonly element: HTMLElement;
  readonly #status = element("span", "nbstream-state", { role: "status" });
  readonly #name = element("span", "nbstream-state-name");
  readonly #silence = element("span", "nbstream-silence", { "aria-live": "off" });
  readonly #stats = new ReplyStats();
  readonly #stopButton: HTMLButtonElement;
  readonly #moveButton: HTMLButtonElement;
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
    this.#status.append(this.#name, this.#silence, this.#stats.element);
    this.element = element("div", "nbstream-bar", {}, this.#status);
    this.#stopPlace = stopPlace ?? this.element;
  }

  /** Note that the user's Stop is on its way to the kernel. */
  markStopping(turn: string): void {
    this.#stoppingTurn = turn;
  }

  /** Put the line at the end of a row; after an element if there is no row. */
  place(row: Element | undefined, after: Element): void {
    if (row ? row.lastChild === this.element : after.nextSibling === this.element) return;
    if (row) row.append(this.element);
    else after.after(this.element);
    // What stands in a turn is no stop of the Tab key.
    this.#stats.element.tabIndex = row ? -1 : 0;
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
    const isReplyRunning = isRunning(turn?.reply);
    this.#paintPart(this.#moveButton, link?.canMove === true);
    this.element.classList.toggle("nbstream-movable", link?.canMove === true);
    const refusal = link?.refusal || transcript.notice;
    setText(this.#refusal, refusal);
    this.#paintPart(this.#refusal, refusal !== "");
    const linkNotice = link && linkLabel(link, turn);
    // The word for the end of a reply is hidden where its figures or a sentence above say the same, and so is that of
    // an empty chat. A notice is never hidden.
    const { status = "done", note, error } = turn?.reply ?? {};
    const isKnown = status === "done" || note !== undefined || error !== undefined;
    this.element.classList.toggle("nbstream-done", isKnown && !pendingAction && !linkNotice);
    const kernelNow = now - transcript.skew;
    const isStopping = isReplyRunning && this.#stoppingTurn === turn?.id;
    const label = linkNotice ?? (pendingAction && STATUS_TEXT.actions[pendingAction]);
    const [notice, seconds] = label || isStopping ? ["", ""] : stallNotice(turn?.reply, kernelNow);
    setText(this.#name, label ?? (isStopping ? STATUS_TEXT.stopping : activityLabel(turn) + notice));
    setText(this.#silence, seconds);
    // The clock of a running reply stands still while the page does not know how the reply goes on.
    const hasFigures = linkNotice ? !isReplyRunning : !pendingAction;
    this.#stats.paint(hasFigures ? turn : undefined, kernelNow);
    this.#paintPart(this.#stopButton, isReplyRunning, this.#stopPlace);
  }

  #paintPart(node: HTMLElement, isShown: boolean, place = this.element): void {
    if (!isShown) node.remove();
    else if (node.parentElement !== place) place.append(node);
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
  const isThinking = turn?.reply.status === "waiting" && turn.blocks.some(({ type }) => type === "thinking");
  if (isThinking) return BLOCK_TEXT.thinking;
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
