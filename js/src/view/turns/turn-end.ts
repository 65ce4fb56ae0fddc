/**
 * View of a turn's end: a note about an early end or an error, and the buttons that continue, retry or
 * regenerate the reply.
 */

import { COPY_TEXT, TURN_TEXT } from "../../core/page-text.ts";
import { availableActions, type ReplyAction } from "../../core/reply-actions.ts";
import { lengthOf, type Turn } from "../../core/transcript.ts";
import { textOf } from "../../core/turn-text.ts";
import { button } from "../base/button.ts";
import { copyButton } from "../base/copy.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";
import { ReplyStats } from "../status/reply-stats.ts";

/** Stop reasons that the user did not cause and that Continue can repair. */
const CONTINUABLE: ReadonlySet<string> = new Set(["max_tokens", "closed", "abandoned", "restarted"]);

/**
 * Where a turn is. "latest": it is the conversation's latest turn. "asked": it is the latest turn, and a
 * command about it or a message after it is on its way. "lost": it is the latest turn, and no command about it would
 * arrive. "past": it is an earlier turn.
 */
export type TurnPlace = "latest" | "asked" | "lost" | "past";

export type RequestAction = (kind: ReplyAction, turn: string) => void;

export class TurnEnd {
  readonly element = element("div", "nbstream-end");
  readonly #retryAt: number | undefined;
  readonly #hint = element("span", "");
  // This is not a live region, because a live region would be read out at every second of the countdown.
  readonly #countdown = element("span", "nbstream-wait", { "aria-live": "off" });
  readonly #buttons: HTMLButtonElement[] = [];
  readonly #turn: Turn;
  #pastStats: ReplyStats | undefined;

  /** @param copies The buttons that copy the answer; by default there is one, which copies its Markdown. */
  constructor(turn: Turn, requestAction: RequestAction, copies?: readonly HTMLElement[]) {
    this.#turn = turn;
    const { error, note, isLeftOut, stopReason = "", retryAt } = turn.reply ?? {};
    const available = availableActions(turn);
    if (error !== undefined)
      this.element.append(element("div", "nbstream-alert", { role: "alert", dir: "auto" }, error));
    if (note !== undefined) {
      this.element.append(element("p", "nbstream-note", {}, note, this.#hint));
      if (isLeftOut && available.includes("retry")) setText(this.#hint, TURN_TEXT.retryHint);
      else if (available.includes("continue") && CONTINUABLE.has(stopReason))
        setText(this.#hint, TURN_TEXT.continueHint);
      else if (available.includes("summarize")) setText(this.#hint, TURN_TEXT.summarizeHint);
    } else if (turn.reply?.status === "done" && turn.blocks.every(({ type }) => type.endsWith("thinking")))
      this.element.append(element("p", "nbstream-note", {}, TURN_TEXT.empty));
    this.#retryAt = available.length > 0 ? retryAt : undefined;
    for (const kind of available) this.#buttons.push(actionButton(kind, () => requestAction(kind, turn.id)));
    const copy = copies ?? [copyButton(...COPY_TEXT.answer, () => textOf(turn))];
    // Copy is the first button, so that it keeps its place when the other buttons are removed.
    const buttons = [...(lengthOf(turn) > 0 ? copy : []), ...this.#buttons];
    if (buttons.length > 0)
      this.element.append(element("div", "nbstream-actions", {}, ...buttons, this.#countdown));
  }

  /** @param secondsSince Returns the seconds since a time of the kernel's clock. */
  paint(place: TurnPlace, secondsSince: (at: number) => number): void {
    switch (place) {
      case "past":
        for (const node of [...this.#buttons.splice(0), this.#hint, this.#countdown]) node.remove();
        this.#showPastStats();
        break;
      case "asked":
      case "lost":
      case "latest": {
        for (const node of this.#buttons) node.disabled = place !== "latest";
        // The chat offers to continue elsewhere, and two offers to continue would compete.
        for (const node of [...this.#buttons, this.#hint]) node.hidden = place === "lost";
        const left = this.#retryAt === undefined ? Number.NaN : -secondsSince(this.#retryAt);
        setText(this.#countdown, place !== "latest" || !Number.isFinite(left) ? "" : countdownText(left));
        break;
      }
      default:
        place satisfies never;
    }
  }

  /** Show the figures of an earlier answer. Those of the latest one stand in the line of the chat's state. */
  #showPastStats(): void {
    const { reply } = this.#turn;
    if (!reply || this.#pastStats) return;
    this.#pastStats = new ReplyStats();
    this.#pastStats.paintPast({ ...this.#turn, reply });
    this.element.append(this.#pastStats.element);
  }
}

function actionButton(kind: ReplyAction, onPress: () => void): HTMLButtonElement {
  const [name, title] = TURN_TEXT.actions[kind];
  // What repairs a reply keeps its word; another version of a good one is an icon.
  return button(name, onPress, {
    title,
    class: kind === "regenerate" ? "nbstream-icon nbstream-regenerate" : "",
  });
}

function countdownText(seconds: number): string {
  return seconds > 0 ? TURN_TEXT.wait(formatDuration(seconds)) : TURN_TEXT.waitOver;
}
