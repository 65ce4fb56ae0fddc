/** The lower part of a chat view: the queue, the suggestions for an empty chat, and the message box. */

import { asQueued, type CommandSender } from "../../chat/commands.ts";
import { FILE_TEXT } from "../../core/page-text.ts";
import { isRunning } from "../../core/reply.ts";
import { lastReply, type QueuedMessage, type Transcript } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import type { Attached } from "./attachments.ts";
import { Composer, type Draft } from "./composer.ts";
import { Queue } from "./queue.ts";
import { sendMessage, sentMessages } from "./send-message.ts";
import { Suggestions } from "./suggestions.ts";
import type { VariableSource } from "./variable-source.ts";

/** What is known of a chat before anything was asked. */
export interface ChatOffer {
  readonly suggestions?: readonly string[];
  /** The model that answers, where it is known; a menu of models has its own. */
  readonly model?: string | undefined;
  readonly variables?: VariableSource;
}

export class ComposerArea {
  readonly element: HTMLElement;
  readonly #commands: CommandSender;
  readonly #composer: Composer;
  readonly #queue: Queue;
  readonly #suggestions: Suggestions;
  readonly #model: string | undefined;
  /**
   * The files and variables of the messages that were sent from this view, by the messages' keys. They are kept for as long
   * as the message can be taken back.
   */
  readonly #filesByKey = new Map<string, readonly Attached[]>();

  constructor(commands: CommandSender, transcript: Transcript, offer: ChatOffer) {
    this.#commands = commands;
    this.#model = offer.model;
    this.#composer = new Composer(
      (text, files) => this.#send(text, files),
      () => sentMessages(transcript),
      (model) => commands.selectModel(model),
      offer.variables,
    );
    this.#queue = new Queue((kind, message) => this.handleQueueAction(kind, message));
    this.#suggestions = new Suggestions(offer.suggestions ?? [], (text) => {
      this.#send(text, []);
      this.#composer.focus();
    });
    const parts = [this.#queue, this.#suggestions, this.#composer].map((part) => part.element);
    this.element = element("div", "nbstream-writing", {}, ...parts);
  }

  /** The place at the end of the message box for buttons beside Send. */
  get buttons(): HTMLElement {
    return this.#composer.buttons;
  }

  focus(): void {
    this.#composer.focus();
  }

  /** Accept files that are dropped anywhere on this element. */
  acceptDrops(area: HTMLElement): void {
    this.#composer.acceptDrops(area);
  }

  /** @param isAtRest Whether the kernel has ended, so that nothing can be sent. */
  paint(transcript: Transcript, isAtRest = false): void {
    const { pendingAction, sending, late } = this.#commands;
    const { queue, turns, skew } = transcript;
    const isReplyRunning = isRunning(lastReply(transcript)?.reply);
    this.#queue.paint(late.map(asQueued), queue, !isReplyRunning);
    // The conversation is known to be empty only after the first frame, which sets the skew. Before that, the
    // transcript is always empty.
    this.#suggestions.paint(turns.length === 0 && sending.length === 0 && Number.isFinite(skew) && !isAtRest);
    this.#composer.paint(pendingAction !== undefined || isAtRest, isReplyRunning);
    this.#composer.paintModels(transcript.models?.names ?? [], this.#commands.model ?? this.#model, isAtRest);
    for (const key of this.#filesByKey.keys()) {
      if (!queue.has(key) && !sending.some((prompt) => prompt.key === key)) this.#filesByKey.delete(key);
    }
  }

  /** Empty the form, and return what the user was writing in it. */
  takeDraft(): Draft {
    return this.#composer.takeDraft();
  }

  /** Put messages that were not sent back into the message box; see `View.takeBack`. */
  takeBack(messages: readonly QueuedMessage[], all: boolean): ReadonlySet<string> {
    const taken = messages.filter(({ key }) => all || this.#filesByKey.has(key));
    for (const message of taken) this.#restore(message);
    return new Set(taken.map(({ key }) => key));
  }

  #restore({ key, text, files, refusal }: QueuedMessage): void {
    // Only the view in which the message was written still has the message's files.
    const attached = this.#filesByKey.get(key) ?? files.map(FILE_TEXT.attachAgain);
    this.#composer.restore(text, refusal ? [...attached, refusal] : attached);
  }

  #send(text: string, attachments: readonly Attached[]): void {
    this.#filesByKey.set(sendMessage(this.#commands, text, attachments), attachments);
  }

  /** Send a waiting message now, or take it back into the message box. */
  handleQueueAction(kind: "withdraw" | "send_now", message: QueuedMessage): void {
    this.#commands.queueCommand(kind, message.key);
    switch (kind) {
      case "send_now":
        break;
      case "withdraw":
        this.#restore(message);
        break;
      default:
        kind satisfies never;
    }
  }
}
