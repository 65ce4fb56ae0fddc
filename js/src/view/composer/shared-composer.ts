/**
 * The message box of a comparison. Each message goes to every chat of the row, and while any of them answers, the
 * box has a Stop for all.
 */

import type { Connection } from "../../chat/connection.ts";
import type { View } from "../../chat/painter.ts";
import { COMPARISON_TEXT } from "../../core/page-text.ts";
import { isRunning } from "../../core/reply.ts";
import { lastReply, type QueuedMessage } from "../../core/transcript.ts";
import { keepFocus, stopButton } from "../base/button.ts";
import { element, focusedElement } from "../base/dom.ts";
import { watchVisibility } from "../base/visibility.ts";
import type { Attached } from "./attachments.ts";
import type { Composer, Send } from "./composer.ts";
import { sendMessage } from "./send-message.ts";

/** One chat of the row. */
export interface SharedChat {
  readonly connection: Connection;
  /** Aborts when the chat is closed. */
  readonly signal: AbortSignal;
}

/** Makes a message box with the variables and the earlier messages of a chat. */
export type CreateComposer = (connection: Connection, send: Send, name: string) => Composer;

/** The files of a message that was sent. If several chats do not take the message, the box gets it back once. */
interface SentMessage {
  readonly files: readonly Attached[];
  isRestored: boolean;
}

export class SharedComposer implements View {
  isVisible = true;
  readonly #root: HTMLElement;
  readonly #composer: Composer;
  readonly #chats: readonly SharedChat[];
  readonly #stopButton = Object.assign(
    stopButton(() => this.#stop()),
    { textContent: COMPARISON_TEXT.stop, title: COMPARISON_TEXT.stopTitle },
  );
  /** The messages that were sent from this box, by the keys that they have in the chats. */
  readonly #sent = new Map<string, SentMessage>();

  /** @param chats The chats of the row. The first one gives its variables and its earlier messages. */
  constructor(
    el: HTMLElement,
    createComposer: CreateComposer,
    chats: readonly [SharedChat, ...SharedChat[]],
    signal: AbortSignal,
  ) {
    this.#chats = chats;
    const send: Send = (text, files) => this.#send(text, files);
    this.#composer = createComposer(chats[0].connection, send, COMPARISON_TEXT.box);
    const attributes = { role: "group", "aria-label": COMPARISON_TEXT.all };
    this.#root = element("div", "nbstream-shared", attributes, this.#composer.element);
    this.#root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#stop()) event.stopPropagation();
    });
    this.#composer.acceptDrops(this.#root);
    el.append(this.#root);
    signal.addEventListener("abort", () => this.#root.remove());
    for (const { connection, signal: life } of chats) {
      connection.attach(this, AbortSignal.any([signal, life]));
      life.addEventListener("abort", () => this.paint(), { signal });
    }
    const onSight = (isVisible: boolean) => {
      this.isVisible = isVisible;
      if (isVisible) this.paint();
    };
    watchVisibility(this.#root, onSight, signal);
  }

  /** Paint the box, because one of the chats has changed. */
  paint(): number {
    const focused = focusedElement(this.#root);
    const { buttons } = this.#composer;
    const isReplyRunning = this.#running.length > 0;
    this.#root.hidden = this.#open.length === 0;
    this.#composer.paint(this.#root.hidden, isReplyRunning);
    if (!isReplyRunning) this.#stopButton.remove();
    else if (this.#stopButton.parentElement !== buttons) buttons.append(this.#stopButton);
    const box = this.#root.querySelector("textarea");
    if (focused && box) keepFocus(this.#root, focused, box);
    return 0;
  }

  /** Put messages back into the box that a chat has not taken; see `View.takeBack`. */
  takeBack(messages: readonly QueuedMessage[]): ReadonlySet<string> {
    const taken = new Set<string>();
    for (const { key, text, refusal } of messages) {
      const sent = this.#sent.get(key);
      if (!sent) continue;
      taken.add(key);
      if (!sent.isRestored) this.#composer.restore(text, refusal ? [...sent.files, refusal] : sent.files);
      sent.isRestored = true;
    }
    return taken;
  }

  /** The chats that take messages. */
  get #open(): readonly SharedChat[] {
    return this.#chats.filter(({ connection, signal }) => !signal.aborted && !connection.link.isAtRest);
  }

  get #running(): readonly SharedChat[] {
    return this.#open.filter(({ connection }) => isRunning(lastReply(connection.transcript)?.reply));
  }

  #send(text: string, files: readonly Attached[]): void {
    const message = { files, isRestored: false };
    this.#sent.clear();
    for (const { connection } of this.#open)
      this.#sent.set(sendMessage(connection.commands, text, files), message);
  }

  /** Stop all running replies. Return whether a reply was running. */
  #stop(): boolean {
    const running = this.#running;
    for (const { connection } of running) connection.commands.stop();
    return running.length > 0;
  }
}
