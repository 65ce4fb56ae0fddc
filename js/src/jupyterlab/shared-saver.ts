/**
 * Saver of the chats in a notebook that several pages share (real-time collaboration). The server writes the file
 * from the shared document, in which each page puts a chat's text in place of its view.
 *
 * A page's own outputs differ from the document: where the kernel still has the chat, they show it live. All pages
 * may write the same text at once, so a page sets only the data of an output. Of several pages that set it, one wins.
 * To put in another output, as JupyterLab itself does, would double it.
 */

import type { AnyModel } from "@anywidget/types";
import type { Transcript } from "../core/transcript.ts";
import type { WriteChats } from "../lazy/loader.ts";
import type { ChatState } from "../transport/jupyter.ts";
import {
  type Cell,
  cellsOf,
  chatIdOf,
  markdownOf,
  type Output,
  outputsOf,
  VIEW_MIME_TYPE,
  viewedModelId,
  viewOf,
  type WidgetManager,
} from "./notebook.ts";
import { type ChatSaver, SavedChats } from "./saved-chats.ts";

/** Time after a change of the notebook until its chats are looked for. */
const SETTLE_MS = 500;

/** The origin of a change that JupyterLab does not show on its own page. */
const SILENT = "silent-change";

interface ShownOutput {
  readonly cell: Cell;
  readonly index: number;
  readonly output: Output;
  readonly id: string;
}

export class SharedSaver implements ChatSaver {
  readonly #manager: WidgetManager;
  readonly #open: (model: AnyModel<ChatState>, signal: AbortSignal) => void;
  readonly #signal: AbortSignal;
  readonly #chats: SavedChats;
  /** The chats that this page shows as text, because it does not trust the cell, and what ends that. */
  readonly #heard = new Map<string, AbortController>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Take the arguments of `createSaver`. */
  constructor(
    manager: WidgetManager,
    open: (model: AnyModel<ChatState>, signal: AbortSignal) => void,
    fetch: () => Promise<WriteChats | undefined>,
    signal: AbortSignal,
  ) {
    this.#manager = manager;
    this.#open = open;
    this.#signal = signal;
    this.#chats = new SavedChats(manager);
    const onChange = () => this.#schedule();
    const { restored, context } = manager;
    for (const changes of [context.model.contentChanged, restored]) {
      changes?.connect(onChange);
      signal.addEventListener("abort", () => changes?.disconnect(onChange));
    }
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    onChange();
    fetch().then((writeChats) => {
      this.#chats.writeChats = writeChats;
      onChange();
    });
  }

  track(id: string, transcript: Transcript): void {
    this.#chats.track(id, transcript);
    this.#schedule();
  }

  forget(id: string): void {
    this.#chats.forget(id);
  }

  replyEnded(): void {
    this.#write();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#signal.aborted) return;
      this.#write();
      this.#showOthers().catch((error) => console.warn("[nbstream] a chat could not be made live", error));
    }, SETTLE_MS);
  }

  /** Write what the document lacks. While a reply is running, the text before it stays there. */
  #write(): void {
    const seen = new Set<string>();
    for (const { cell, index, output, id } of this.#outputs()) {
      const before = cell.sharedModel?.getOutputs?.()[index];
      if (!before || viewOf(before) !== id || !this.#chats.has(id)) continue;
      const { [VIEW_MIME_TYPE]: view, ...text } = before.data ?? {};
      const data = this.#chats.isRunning(id) ? text : (this.#chats.savedOutput(id, before, seen).data ?? {});
      seen.add(id);
      if (!view && markdownOf(data) === markdownOf(text)) continue;
      const write = () => cell.sharedModel?.youtputs?.get(index).set("data", data);
      cell.sharedModel?.transact?.(write, false, SILENT);
      if (!viewedModelId(output)) cell.outputs?.get(index).setData?.({ data });
    }
  }

  /** Show the chats that this page has as text: live if it trusts their cell. Otherwise keep their text up to date. */
  async #showOthers(): Promise<void> {
    const texts = this.#outputs().filter(({ output }) => !viewedModelId(output));
    for (const { cell, index, output, id } of texts) {
      const model = await this.#chats.liveModel(id);
      if (!model || this.#signal.aborted || outputsOf(cell)[index] === undefined) continue;
      const view = { version_major: 2, version_minor: 0, model_id: id };
      if (cell.trusted)
        cell.outputs?.get(index).setData?.({ data: { [VIEW_MIME_TYPE]: view, ...output.data } });
      else for (const [chat] of this.#chats.rows.get(id)) await this.#hear(chat);
    }
    const shown = new Set(texts.flatMap(({ id }) => this.#chats.rows.get(id).map(([chat]) => chat)));
    for (const [id, life] of this.#heard) {
      if (shown.has(id)) continue;
      life.abort();
      this.#heard.delete(id);
    }
  }

  async #hear(id: string): Promise<void> {
    const model = await this.#chats.liveModel(id);
    if (!model || this.#signal.aborted || this.#heard.has(id)) return;
    const life = new AbortController();
    this.#heard.set(id, life);
    this.#open(model, AbortSignal.any([this.#signal, life.signal]));
  }

  /** The outputs that show chats, live or as text. */
  #outputs(): ShownOutput[] {
    const found: ShownOutput[] = [];
    for (const cell of cellsOf(this.#manager.context.model)) {
      outputsOf(cell).forEach((output, index) => {
        const id = viewOf(output);
        if (id === undefined || chatIdOf(output) !== id) return;
        this.#chats.rows.remember(output);
        found.push({ cell, index, output, id });
      });
    }
    return found;
  }
}
