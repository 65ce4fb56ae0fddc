/** What stands at a turn's end: how it ended, where that must be said, and what can be done. */

import { availableActions, type ReplyAction } from "../../core/reply-actions.ts";
import { lengthOf, type Turn, textOf } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { copyButton } from "../base/copy.ts";
import { element, setText } from "../base/dom.ts";
import { formatDuration } from "../base/duration.ts";

/** Ends that the reader did not bring about, and that Continue mends. */
const MENDED: ReadonlySet<string> = new Set(["max_tokens", "closed", "abandoned"]);

const BUTTONS: Readonly<Record<ReplyAction, readonly [name: string, title: string]>> = {
  continue: ["Continue", "Go on from what came"],
  retry: ["Retry", "Ask again"],
  regenerate: ["Regenerate", "Have another answer beside this one"],
};

/** Where the turn stands: the conversation's latest, that one with a question on its way, or an earlier one. */
export type Place = "latest" | "asked" | "past";

export type Ask = (kind: ReplyAction, turn: string) => void;

export class Ending {
  readonly element = element("div", "nbstream-end");
  readonly #retryAt: number | undefined;
  readonly #hint = element("span", "");
  // The seconds would be read out one by one.
  readonly #wait = element("span", "nbstream-wait", { "aria-live": "off" });
  readonly #buttons: HTMLButtonElement[] = [];

  constructor(turn: Turn, ask: Ask) {
    const { error, note, stopReason = "", retryAt } = turn.reply ?? {};
    const offered = availableActions(turn);
    if (error !== undefined) {
      this.element.append(element("div", "nbstream-alert", { role: "alert", dir: "auto" }, error));
    } else if (note !== undefined) {
      this.element.append(element("p", "nbstream-note", {}, note, this.#hint));
      if (offered.includes("continue") && MENDED.has(stopReason))
        setText(this.#hint, " Continue goes on from here.");
    }
    this.#retryAt = offered.length > 0 ? retryAt : undefined;
    for (const kind of offered) this.#buttons.push(askButton(kind, () => ask(kind, turn.id)));
    const copy = lengthOf(turn) > 0 ? [copyButton("Copy the answer as Markdown", () => textOf(turn))] : [];
    // Copy stands first: it stays in its place when the others go.
    const actions = [...copy, ...this.#buttons];
    if (actions.length > 0)
      this.element.append(element("div", "nbstream-actions", {}, ...actions, this.#wait));
  }

  /** `elapsed` gives the seconds since a time of the kernel's. */
  paint(place: Place, elapsed: (at: number) => number): void {
    if (place === "past") {
      for (const node of [...this.#buttons.splice(0), this.#hint, this.#wait]) node.remove();
      return;
    }
    for (const button of this.#buttons) button.disabled = place === "asked";
    const left = this.#retryAt === undefined ? Number.NaN : -elapsed(this.#retryAt);
    setText(this.#wait, place === "asked" || !Number.isFinite(left) ? "" : waitOf(left));
  }
}

function askButton(kind: ReplyAction, ask: () => void): HTMLButtonElement {
  const [name, title] = BUTTONS[kind];
  return button(name, ask, { title });
}

function waitOf(left: number): string {
  return left > 0 ? `Claude asks to wait ${formatDuration(left)}` : "You can retry now";
}
