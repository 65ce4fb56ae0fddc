/** All that a reader writes with: the message box, what waits to be asked, what an empty conversation may begin with. */

import type { CommandSender } from "../../chat/commands.ts";
import { isRunning, lastReply, type Transcript, textOf, type Waiting } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { Composer } from "./composer.ts";
import type { Attachment } from "./file-reader.ts";
import { Queue } from "./queue.ts";
import { Suggestions } from "./suggestions.ts";

export class ComposerArea {
  readonly element: HTMLElement;
  readonly #commands: CommandSender;
  readonly #composer: Composer;
  readonly #queue: Queue;
  readonly #starters: Suggestions;
  /** The files of what was sent from here, for as long as it may be taken back. */
  readonly #files = new Map<string, readonly Attachment[]>();

  constructor(commands: CommandSender, transcript: Transcript, suggestions: readonly string[]) {
    this.#commands = commands;
    this.#composer = new Composer(
      (text, files) => this.#send(text, files),
      () => transcript.turns.filter(({ role }) => role === "user").map((turn) => textOf(turn)),
    );
    this.#queue = new Queue((kind, message) => this.handleQueueAction(kind, message));
    this.#starters = new Suggestions(suggestions, (text) => {
      this.#send(text, []);
      this.#composer.focus();
    });
    const parts = [this.#queue, this.#starters, this.#composer].map((part) => part.element);
    this.element = element("div", "nbstream-writing", {}, ...parts);
  }

  /** Take files that are dropped anywhere on this element. */
  acceptDrops(area: HTMLElement): void {
    this.#composer.acceptDrops(area);
  }

  paint(transcript: Transcript): void {
    const { pendingAction, sending, late } = this.#commands;
    const { queue, turns, skew } = transcript;
    const running = isRunning(lastReply(transcript)?.reply);
    const onTheWay = late.map(({ key, text, files = [] }) => {
      return { key, text, files: files.map(({ name }) => name) };
    });
    this.#queue.paint(onTheWay, queue, !running);
    // Before a frame has come nothing is known of the conversation.
    this.#starters.paint(turns.length === 0 && sending.length === 0 && Number.isFinite(skew));
    this.#composer.paint(pendingAction !== undefined, running);
    for (const key of this.#files.keys()) {
      if (!queue.has(key) && !sending.some((prompt) => prompt.key === key)) this.#files.delete(key);
    }
  }

  #send(text: string, files: readonly Attachment[]): void {
    const sent = files.map(({ name, data }) => ({ name, data }));
    this.#files.set(this.#commands.prompt(text, sent), files);
  }

  /** Do with a message that waits what its reader wants. */
  handleQueueAction(kind: "withdraw" | "send_now", { key, text, files }: Waiting): void {
    this.#commands.queueCommand(kind, key);
    if (kind === "send_now") return;
    // Only where it was written the files are still there.
    const mine = this.#files.get(key) ?? files.map((name) => `${name} is to be attached again.`);
    this.#composer.restore(text, mine);
  }
}
