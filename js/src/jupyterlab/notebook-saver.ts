/**
 * Saver of the chats in the notebook's file, as Markdown. It also makes the chats live again when the
 * notebook is opened while their kernel is running.
 *
 * The live outputs are not touched when an answer ends, so nothing on the page flashes or scrolls. JupyterLab
 * calls the notebook model's `toJSON` at each save. In the JSON, the saver replaces the view of a chat by the
 * text of the chat's conversation.
 */

import type { AnyModel } from "@anywidget/types";
import { ELSEWHERE, EMPTY } from "../core/saved/saved-notes.ts";
import type { Transcript } from "../core/transcript.ts";
import type { WriteChats } from "../lazy/loader.ts";
import type { ChatState } from "../transport/jupyter.ts";
import { ChatRows } from "./chat-rows.ts";
import {
  type Cell,
  cellsOf,
  chatIdOf,
  type Model,
  markdownOf,
  type NotebookJson,
  type NotebookModel,
  type Output,
  outputsOf,
  VIEW_MIME_TYPE,
  viewedModelId,
  type WidgetManager,
} from "./notebook.ts";

/** Time in which a chat that is live again gets its text. Until then, a longer text in the file is kept. */
const CATCH_UP_MS = 10_000;

interface TrackedChat {
  readonly transcript: Transcript;
  /** The time at which the page began to listen to the chat, by `performance.now()`. */
  readonly since: number;
}

export class NotebookSaver {
  readonly #manager: WidgetManager;
  readonly #open: (model: AnyModel<ChatState>) => void;
  readonly #chats = new Map<string, TrackedChat>();
  readonly #rows: ChatRows;
  /** The Markdown that the file holds for each view. */
  readonly #saved = new Map<string, unknown>();

  #writeChats: WriteChats | undefined;
  /** Whether the notebook was saved before `writeChats` was loaded. */
  #isSaveIncomplete = false;

  private constructor(manager: WidgetManager, open: (model: AnyModel<ChatState>) => void) {
    this.#manager = manager;
    this.#open = open;
    this.#rows = new ChatRows(manager);
  }

  /**
   * Make the saver of a notebook; undefined on a page that does not write the notebook's file. `open`
   * connects a chat whose output is not drawn yet. `fetch` loads the asset that writes the chats; it is
   * loaded now, because it is needed as soon as an answer ends.
   */
  static create(
    manager: WidgetManager | undefined,
    open: (model: AnyModel<ChatState>) => void,
    fetch: () => Promise<WriteChats | undefined>,
    signal: AbortSignal,
  ): NotebookSaver | undefined {
    const notebook = manager?.context.model;
    if (!notebook || !manager.restored || notebook.collaborative) return undefined;
    const saver = new NotebookSaver(manager, open);
    saver.#wrapToJson(notebook, signal);
    saver.#restoreWhenReady(signal);
    fetch().then((writeChats) => saver.#setWriter(writeChats));
    return saver;
  }

  /** Set the function that writes chats. If the notebook was saved before, save it again. */
  #setWriter(writeChats: WriteChats | undefined): void {
    this.#writeChats = writeChats;
    if (!writeChats || !this.#isSaveIncomplete) return;
    this.#manager.context.model.dirty = true;
    this.#manager.context.save?.().catch(() => {});
  }

  /** Include this chat in every save from now on. */
  track(id: string, transcript: Transcript): void {
    this.#chats.set(id, { transcript, since: performance.now() });
    this.#findContainers();
  }

  /** Leave this chat to another saver, which has its conversation now. */
  forget(id: string): void {
    this.#chats.delete(id);
  }

  /** Mark the notebook as changed, because an answer has ended. No cell needs to have run. */
  replyEnded(id: string): void {
    const markdown = this.#toOutput(id)?.["text/markdown"];
    if (markdown !== this.#saved.get(id)) this.#manager.context.model.dirty = true;
    this.#findContainers();
  }

  /** Find the containers that hold chats now. They are in the file after the next save. */
  async #findContainers(): Promise<void> {
    const hasChanged = await this.#rows.find(this.#outputs().map(({ output }) => output));
    if (hasChanged) this.#manager.context.model.dirty = true;
  }

  #wrapToJson(notebook: NotebookModel, signal: AbortSignal): void {
    const original = notebook.toJSON;
    const toJSON = () => {
      const json = original.call(notebook);
      if (signal.aborted) return json;
      try {
        // After a restart of the kernel there is a second saver around this one. Chats that this one does not
        // know are that one's.
        return this.#withChats(json, notebook.toJSON === toJSON);
      } catch (error) {
        console.warn("[nbstream] the chats could not be written; the notebook is saved without them", error);
        return json;
      }
    };
    notebook.toJSON = toJSON;
    signal.addEventListener("abort", () => {
      if (notebook.toJSON === toJSON) notebook.toJSON = original;
    });
  }

  #withChats(json: NotebookJson, isOutermost: boolean): NotebookJson {
    const seen = new Set<string>();
    const cells = json.cells.map((cell) => {
      const outputs = cell.outputs?.map((output) => this.#savedOutput(output, seen, isOutermost));
      return outputs ? { ...cell, outputs } : cell;
    });
    return { ...json, cells };
  }

  #savedOutput(output: Output, seen: Set<string>, isOutermost: boolean): Output {
    const id = viewedModelId(output);
    if (typeof id !== "string") return output;
    const isOurs = this.#chats.has(id) || this.#rows.has(id) || (isOutermost && chatIdOf(output) === id);
    if (!isOurs) return output;
    this.#rows.remember(output);
    const { [VIEW_MIME_TYPE]: _, ...rest } = output.data ?? {};
    const data = seen.has(id)
      ? { "text/markdown": `*${ELSEWHERE}*`, "text/plain": ELSEWHERE }
      : this.#freshest(id, rest);
    if (!seen.has(id)) this.#saved.set(id, data["text/markdown"]);
    seen.add(id);
    return { output_type: "display_data", data, metadata: this.#rows.metadata(id) };
  }

  /** Return the page's text of a chat. Until the page has all of it, return the output's text. */
  #freshest(id: string, before: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    this.#isSaveIncomplete ||= this.#writeChats === undefined;
    const current = this.#toOutput(id);
    if (!current)
      return "text/markdown" in before ? before : { "text/markdown": `*${EMPTY}*`, "text/plain": EMPTY };
    const isCatchingUp = performance.now() - (this.#chats.get(id)?.since ?? 0) < CATCH_UP_MS;
    const isLonger = markdownOf(before).length > current["text/markdown"].length;
    return isCatchingUp && isLonger && this.#saved.has(id) ? before : current;
  }

  #toOutput(id: string): ReturnType<WriteChats> | undefined {
    const row = this.#rows.get(id);
    const chats = row.map(([chat, name]) => [name, this.#chats.get(chat)?.transcript.turns ?? []] as const);
    const isKnown = row.every(([chat]) => this.#chats.has(chat));
    return isKnown && chats.some(([, turns]) => turns.length > 0) ? this.#writeChats?.(chats) : undefined;
  }

  #restoreWhenReady(signal: AbortSignal): void {
    const { restored, restoredStatus, context } = this.#manager;
    // A chat that no output shows gets a view only at the first restoration. If the user removes an output
    // later, it must not come back.
    let isLoading = true;
    const restore = () => {
      this.#restore(isLoading, signal).catch((error) =>
        console.warn("[nbstream] the notebook's chats could not be made live again", error),
      );
      isLoading = false;
    };
    restored.connect(restore);
    // A notebook that is read from the disk again has the file's outputs, which are made live again.
    context.fileChanged?.connect(restore);
    signal.addEventListener("abort", () => {
      restored.disconnect(restore);
      context.fileChanged?.disconnect(restore);
    });
    if (restoredStatus) restore();
  }

  async #restore(isLoading: boolean, signal: AbortSignal): Promise<void> {
    for (const { output } of this.#outputs()) this.#rows.remember(output);
    const ids = new Set(this.#outputs().map(({ output }) => chatIdOf(output)));
    for (const id of isLoading ? await this.#commIds() : []) ids.add(id);
    for (const id of ids) {
      const model = id === undefined ? undefined : await this.#liveModel(id);
      if (signal.aborted) return;
      if (id === undefined || !model || !this.#showLive(id, model, isLoading)) continue;
      const chats = this.#rows.get(id).map(([chat]) => this.#liveModel(chat));
      for (const chat of await Promise.all(chats)) if (chat) this.#open(chat);
    }
  }

  /** Show a live chat where the file holds its text. Return true if the notebook now shows the chat. */
  #showLive(id: string, model: Model, isLoading: boolean): boolean {
    const notebook = this.#manager.context.model;
    const wasDirty = notebook.dirty;
    const view = { [VIEW_MIME_TYPE]: { version_major: 2, version_minor: 0, model_id: id } };
    const metadata = this.#rows.metadata(id);
    const outputs = this.#outputs().filter(({ output }) => chatIdOf(output) === id);
    for (const { cell, index, output } of outputs) {
      if (output.data?.[VIEW_MIME_TYPE] || !cell.trusted) continue;
      if (!this.#saved.has(id)) this.#saved.set(id, markdownOf(output.data));
      cell.outputs?.set(index, {
        output_type: "display_data",
        data: { ...view, ...output.data },
        metadata,
      });
    }
    // If the notebook was saved before the cell ran, the cell is empty in the file, and gets the view here.
    const emptyCell = outputs.length === 0 && isLoading ? this.#findEmptyCell(model.get("_cell")) : undefined;
    if (emptyCell) {
      emptyCell.trusted = true;
      emptyCell.outputs?.add({ output_type: "display_data", data: view, metadata });
    }
    // A restored view is saved as the same text, so restoring it does not change the notebook.
    if (!emptyCell) notebook.dirty = wasDirty;
    return outputs.some(({ cell }) => cell.trusted) || emptyCell !== undefined;
  }

  async #liveModel(id: string): Promise<Model | undefined> {
    if (!this.#manager.has_model(id)) return undefined;
    const model = await this.#manager.get_model(id);
    const isOurs = this.#rows.has(id) || model.get("_chat") === id;
    return model.comm_live !== false && isOurs ? model : undefined;
  }

  async #commIds(): Promise<string[]> {
    const reply = await this.#manager.kernel?.requestCommInfo({ target_name: "jupyter.widget" });
    return Object.keys(reply?.content.comms ?? {});
  }

  #cells(): Cell[] {
    return cellsOf(this.#manager.context.model);
  }

  #outputs(): { cell: Cell; index: number; output: Output }[] {
    return this.#cells().flatMap((cell) => outputsOf(cell).map((output, index) => ({ cell, index, output })));
  }

  #findEmptyCell(id: string): Cell | undefined {
    return id ? this.#cells().find((cell) => cell.id === id && cell.outputs?.length === 0) : undefined;
  }
}
