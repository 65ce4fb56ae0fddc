/**
 * The list of messages that were sent and that Claude has not been asked yet. They are on their way to the
 * kernel, or wait there.
 */

import { COMPOSER_TEXT } from "../../core/page-text.ts";
import type { QueuedMessage } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";

/**
 * A row appears only after this time. Reading the files of a message usually takes a tenth of a second, and
 * the row is not needed for so short a time.
 */
const ROW_DELAY_MS = 300;

export type QueueAction = (kind: "withdraw" | "send_now", message: QueuedMessage) => void;

export class Queue {
  readonly element = element("ul", "nbstream-queue", { "aria-label": COMPOSER_TEXT.queue, hidden: "" });
  readonly #onAction: QueueAction;
  readonly #items = new Map<string, QueueItem>();

  constructor(onAction: QueueAction) {
    this.#onAction = onAction;
  }

  /**
   * Show a row for each message.
   *
   * @param sending Messages on their way to the kernel.
   * @param waiting Messages that wait in the kernel, by key.
   * @param isIdle Whether no reply is running, so that a message can be sent now.
   */
  paint(
    sending: Iterable<QueuedMessage>,
    waiting: ReadonlyMap<string, QueuedMessage>,
    isIdle: boolean,
  ): void {
    const messages = [...waiting.values(), ...sending];
    const keys = new Set(messages.map(({ key }) => key));
    for (const [key, item] of this.#items) {
      if (keys.has(key)) continue;
      item.element.remove();
      this.#items.delete(key);
    }
    for (const message of messages) {
      const item = this.#items.get(message.key) ?? new QueueItem(message, this.#onAction);
      if (!item.element.isConnected) this.element.append(item.element);
      this.#items.set(message.key, item);
      item.paint(waiting.has(message.key), isIdle);
    }
    setAttribute(this.element, "hidden", messages.length > 0 ? undefined : "");
  }
}

class QueueItem {
  readonly element: HTMLElement;
  readonly #state = element("span", "nbstream-queue-state");
  readonly #withdrawButton: HTMLButtonElement;
  readonly #sendNowButton: HTMLButtonElement;

  constructor(message: QueuedMessage, onAction: QueueAction) {
    const summary = [message.text.trim(), ...message.files].filter(Boolean).join(" · ");
    const text = element("span", "nbstream-queue-text", { dir: "auto", title: summary }, summary);
    const create = (name: string, kind: Parameters<QueueAction>[0]) =>
      button(name, () => onAction(kind, message), { title: `${name}: ${summary}` });
    this.#sendNowButton = create(COMPOSER_TEXT.sendNow, "send_now");
    this.#withdrawButton = create(COMPOSER_TEXT.takeBack, "withdraw");
    const buttons = [this.#sendNowButton, this.#withdrawButton];
    this.element = element("li", "", { hidden: "" }, text, this.#state, ...buttons);
    setTimeout(() => {
      this.element.hidden = false;
    }, ROW_DELAY_MS);
  }

  paint(isInKernel: boolean, isIdle: boolean): void {
    setText(this.#state, isInKernel ? COMPOSER_TEXT.queued : COMPOSER_TEXT.sending);
    this.#withdrawButton.hidden = !isInKernel;
    this.#sendNowButton.hidden = !isInKernel || !isIdle;
  }
}
