/** The messages that were sent and are not asked yet: on their way to the kernel, or waiting there. */

import type { Waiting } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";

/** Milliseconds for which a message has no row: one with files waits until they are read, a tenth of a second mostly. */
const UNSEEN = 300;

export type QueueAction = (kind: "withdraw" | "send_now", message: Waiting) => void;

export class Queue {
  readonly element = element("ul", "nbstream-queue", { "aria-label": "Messages that wait", hidden: "" });
  readonly #act: QueueAction;
  readonly #items = new Map<string, Item>();

  constructor(act: QueueAction) {
    this.#act = act;
  }

  /** `idle`: no reply runs whose end they wait for. */
  paint(sending: Iterable<Waiting>, waiting: ReadonlyMap<string, Waiting>, idle: boolean): void {
    const messages = [...waiting.values(), ...sending];
    const keys = new Set(messages.map(({ key }) => key));
    for (const [key, item] of this.#items) {
      if (keys.has(key)) continue;
      item.element.remove();
      this.#items.delete(key);
    }
    for (const message of messages) {
      const item = this.#items.get(message.key) ?? new Item(message, this.#act);
      if (!item.element.isConnected) this.element.append(item.element);
      this.#items.set(message.key, item);
      item.paint(waiting.has(message.key), idle);
    }
    setAttribute(this.element, "hidden", messages.length > 0 ? undefined : "");
  }
}

class Item {
  readonly element: HTMLElement;
  readonly #state = element("span", "nbstream-queue-state");
  readonly #takeBack: HTMLButtonElement;
  readonly #release: HTMLButtonElement;

  constructor(message: Waiting, act: QueueAction) {
    const said = [message.text.trim(), ...message.files].filter(Boolean).join(" · ");
    const text = element("span", "nbstream-queue-text", { dir: "auto", title: said }, said);
    this.#release = button("Send now", () => act("send_now", message));
    this.#takeBack = button("Take back", () => act("withdraw", message));
    this.element = element("li", "", { hidden: "" }, text, this.#state, this.#release, this.#takeBack);
    setTimeout(() => {
      this.element.hidden = false;
    }, UNSEEN);
  }

  paint(waits: boolean, idle: boolean): void {
    setText(this.#state, waits ? "Waiting" : "Sending…");
    this.#takeBack.hidden = !waits;
    this.#release.hidden = !waits || !idle;
  }
}
