/** The chats of one page as the notebook's file shows them: in place of a view, the text of its conversations. */

import { isRunning } from "../core/reply.ts";
import { ELSEWHERE, EMPTY } from "../core/saved/saved-notes.ts";
import { lastReply, type Transcript } from "../core/transcript.ts";
import type { WriteChats } from "../lazy/loader.ts";
import { ChatRows } from "./chat-rows.ts";
import { type Model, markdownOf, type Output, VIEW_MIME_TYPE, type WidgetManager } from "./notebook.ts";

/** Time in which a chat that is live again gets its text. Until then, a longer text in the file is kept. */
const CATCH_UP_MS = 10_000;

interface TrackedChat {
  readonly transcript: Transcript;
  /** The time at which the page began to listen to the chat, by `performance.now()`. */
  readonly since: number;
}

/** Saver of the chats in the file of one notebook. */
export interface ChatSaver {
  /** Include this chat in what is saved from now on. */
  track(id: string, transcript: Transcript): void;
  /** Leave this chat to another saver, which has its conversation now. */
  forget(id: string): void;
  /** Have the answer that has ended saved. */
  replyEnded(id: string): void;
}

export class SavedChats {
  readonly rows: ChatRows;
  /** The Markdown that the file holds for each view. */
  readonly saved = new Map<string, unknown>();
  /** Loaded as soon as possible, because it is needed when an answer ends. */
  writeChats: WriteChats | undefined;
  /** Whether chats were written before `writeChats` was there. */
  isIncomplete = false;
  readonly #manager: WidgetManager;
  readonly #chats = new Map<string, TrackedChat>();

  constructor(manager: WidgetManager) {
    this.#manager = manager;
    this.rows = new ChatRows(manager);
  }

  /** Whether the page knows all chats of a view. */
  has(id: string): boolean {
    return this.rows.get(id).every(([chat]) => this.#chats.has(chat));
  }

  /** Whether a reply is running in a chat of this view. */
  isRunning(id: string): boolean {
    return this.rows.get(id).some(([chat]) => {
      const transcript = this.#chats.get(chat)?.transcript;
      return transcript !== undefined && isRunning(lastReply(transcript)?.reply);
    });
  }

  /** Return the model of a view that its kernel still has. */
  async liveModel(id: string): Promise<Model | undefined> {
    if (!this.#manager.has_model(id)) return undefined;
    const model = await this.#manager.get_model(id);
    const isOurs = this.rows.has(id) || model.get("_chat") === id;
    return model.comm_live !== false && isOurs ? model : undefined;
  }

  /** Write this chat from now on. */
  track(id: string, transcript: Transcript): void {
    this.#chats.set(id, { transcript, since: performance.now() });
  }

  forget(id: string): void {
    this.#chats.delete(id);
  }

  /** Whether the file holds another text for a chat than the page. */
  isOutdated(id: string): boolean {
    return this.#toOutput(id)?.["text/markdown"] !== this.saved.get(id);
  }

  /**
   * Return the output that the file has in place of `output`, which shows this view. `seen` has the views of the
   * outputs above, and gets this one.
   */
  savedOutput(id: string, output: Output, seen: Set<string>): Output {
    this.rows.remember(output);
    const { [VIEW_MIME_TYPE]: _, ...rest } = output.data ?? {};
    const data = seen.has(id)
      ? { "text/markdown": `*${ELSEWHERE}*`, "text/plain": ELSEWHERE }
      : this.#freshest(id, rest);
    if (!seen.has(id)) this.saved.set(id, data["text/markdown"]);
    seen.add(id);
    return { output_type: "display_data", data, metadata: this.rows.metadata(id) };
  }

  /** Return the page's text of a chat. Until the page has all of it, return the output's text. */
  #freshest(id: string, before: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    this.isIncomplete ||= this.writeChats === undefined;
    const current = this.#toOutput(id);
    if (!current)
      return "text/markdown" in before ? before : { "text/markdown": `*${EMPTY}*`, "text/plain": EMPTY };
    const isCatchingUp = performance.now() - (this.#chats.get(id)?.since ?? 0) < CATCH_UP_MS;
    const isLonger = markdownOf(before).length > current["text/markdown"].length;
    return isCatchingUp && isLonger && this.saved.has(id) ? before : current;
  }

  #toOutput(id: string): ReturnType<WriteChats> | undefined {
    const row = this.rows.get(id);
    const chats = row.map(([chat, name]) => [name, this.#chats.get(chat)?.transcript.turns ?? []] as const);
    return this.has(id) && chats.some(([, turns]) => turns.length > 0) ? this.writeChats?.(chats) : undefined;
  }
}
