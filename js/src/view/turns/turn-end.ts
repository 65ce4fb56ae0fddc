/**
 * View of a turn's end: a note about an early end or an error, and the buttons that continue, retry or
 * regenerate the reply.
 */

import { availableActions, type ReplyAction } from "../../core/reply-actions.ts";
import { lengthOf, type Turn } from "../../core/transcript.ts";
import { textOf } from "../../core/turn-text.ts";
import { button } from "../base/button.ts";
import { copyButton } from "../base/copy.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";

/** Stop reasons that the user did not cause and that Continue can repair. */
const CONTINUABLE: ReadonlySet<string> = new Set(["max_tokens", "closed", "abandoned", "restarted"]);

const BUTTONS: Readonly<Record<ReplyAction, readonly [name: string, title: string]>> = {
  continue: ["Continue", "Go on from what came"],
  retry: ["Retry", "Ask again"],
  regenerate: ["Regenerate", "Have another answer beside this one"],
  summarize: ["New chat with a summary", "Claude sums up the conversation, and a new one begins with that"],
};

/**
 * Where a turn is. "latest": it is the conversation's latest turn. "asked": it is the latest turn, and a
 * command about it or a message after it is on its way. "past": it is an earlier turn.
 */
export type TurnPlace = "latest" | "asked" | "past";

export type RequestAction = (kind: ReplyAction, turn: string) => void;

export class TurnEnd {
  readonly element = element("div", "nbstream-end");
  readonly #retryAt: number | undefined;
  readonly #hint = element("span", "");
  // This is not a live region, because a live region would be read out at every second of the countdown.
  readonly #countdown = element("span", "nbstream-wait", { "aria-live": "off" });
  readonly #buttons: HTMLButtonElement[] = [];

  /** @param copies The buttons that copy the answer; by default there is one, which copies its Markdown. */
  constructor(turn: Turn, requestAction: RequestAction, copies?: readonly HTMLElement[]) {
    const { error, note, isLeftOut, stopReason = "", retryAt } = turn.reply ?? {};
    const available = availableActions(turn);
    if (error !== undefined)
      this.element.append(element("div", "nbstream-alert", { role: "alert", dir: "auto" }, error));
    if (note !== undefined) {
      this.element.append(element("p", "nbstream-note", {}, note, this.#hint));
      if (isLeftOut && available.includes("retry")) setText(this.#hint, " Retry sends it again.");
      else if (available.includes("continue") && CONTINUABLE.has(stopReason))
        setText(this.#hint, " Continue goes on from here.");
      else if (available.includes("summarize"))
        setText(this.#hint, " A new chat can begin with a summary of it.");
    }
    this.#retryAt = available.length > 0 ? retryAt : undefined;
    for (const kind of available) this.#buttons.push(actionButton(kind, () => requestAction(kind, turn.id)));
    const copy = copies ?? [copyButton("Copy answer", "Copy the answer as Markdown", () => textOf(turn))];
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
        break;
      case "asked":
      case "latest": {
        for (const node of this.#buttons) node.disabled = place === "asked";
        const left = this.#retryAt === undefined ? Number.NaN : -secondsSince(this.#retryAt);
        setText(this.#countdown, place === "asked" || !Number.isFinite(left) ? "" : countdownText(left));
        break;
      }
      default:
        place satisfies never;
    }
  }
}

function actionButton(kind: ReplyAction, onPress: () => void): HTMLButtonElement {
  const [name, title] = BUTTONS[kind];
  // What repairs a reply keeps its word; another version of a good one is an icon.
  return button(name, onPress, {
    title,
    class: kind === "regenerate" ? "nbstream-icon nbstream-regenerate" : "",
  });
}

function countdownText(seconds: number): string {
  return seconds > 0 ? `Claude asks to wait ${formatDuration(seconds)}` : "You can retry now";
}
