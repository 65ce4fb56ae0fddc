/**
 * Saver of the chats in the notebook's file, as Markdown. It also makes the chats live again when the
 * notebook is opened while their kernel is running.
 *
 * The live outputs are not touched when an answer ends, so nothing on the page flashes or scrolls. JupyterLab
 * calls the notebook model's `toJSON` at each save. In the JSON, the saver replaces the view of a chat by the
 * text of the chat's conversation.
 */

import type { AnyModel } from "@anywidget/types";
import type { Transcript } from "../core/transcript.ts";
import type { WriteChats } from "../lazy/loader.ts";
import type { ChatState } from "../transport/jupyter.ts";
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
import { type ChatSaver, SavedChats } from "./saved-chats.ts";

/**
 * Parts of a long text in the file: whole lines, together longer than this. A notebook's JSON has each part on a line of
 * its own, with 11 bytes of indentation and marks. The server would make each line a part, which is a third more for
 * lines of 35 characters.
 */
const PARTS = /.{1,400}[^\n]*\n?/gs;

export class NotebookSaver implements ChatSaver {
  readonly #manager: WidgetManager;
  readonly #open: (model: AnyModel<ChatState>) => void;
  readonly #chats: SavedChats;
  #isSaving = false;

  /** Take the arguments of `createSaver`. */
  constructor(
    manager: WidgetManager,
    open: (model: AnyModel<ChatState>, signal: AbortSignal) => void,
    fetch: () => Promise<WriteChats | undefined>,
    signal: AbortSignal,
  ) {
    this.#manager = manager;
    this.#open = (model) => open(model, signal);
    this.#chats = new SavedChats(manager);
    this.#wrapToJson(manager.context.model, signal);
    this.#watchSaves(signal);
    this.#restoreWhenReady(signal);
    fetch().then((writeChats) => {
      this.#chats.writeChats = writeChats;
      this.#completeFile();
    });
  }

  #watchSaves(signal: AbortSignal): void {
    const { saveState } = this.#manager.context;
    const onState = (_: unknown, state: string) => {
      this.#isSaving = state === "started";
      if (state === "completed" && !signal.aborted) this.#completeFile();
    };
    saveState?.connect(onState);
    signal.addEventListener("abort", () => saveState?.disconnect(onState));
  }

  /**
   * Save the notebook again if it was saved before the function that writes chats was there. The save that runs then
   * must have ended: the server would write both into the file at once, and leave a mixture of them.
   */
  #completeFile(): void {
    if (this.#isSaving || !this.#chats.isIncomplete || !this.#chats.writeChats) return;
    this.#chats.isIncomplete = false;
    this.#manager.context.model.dirty = true;
    this.#manager.context.save?.().catch(() => {});
  }

  track(id: string, transcript: Transcript): void {
    this.#chats.track(id, transcript);
    this.#findContainers();
  }

  forget(id: string): void {
    this.#chats.forget(id);
  }

  /** Mark the notebook as changed, because an answer has ended. No cell needs to have run. */
  replyEnded(id: string): void {
    if (this.#chats.isOutdated(id)) this.#manager.context.model.dirty = true;
    this.#findContainers();
  }

  /** Find the containers that hold chats now. They are in the file after the next save. */
  async #findContainers(): Promise<void> {
    const hasChanged = await this.#chats.rows.find(this.#outputs().map(({ output }) => output));
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
    const isOurs =
      this.#chats.has(id) || this.#chats.rows.has(id) || (isOutermost && chatIdOf(output) === id);
    if (!isOurs) return output;
    const saved = this.#chats.savedOutput(id, output, seen);
    const parts = markdownOf(saved.data).match(PARTS);
    return parts?.[1] ? { ...saved, data: { ...saved.data, "text/markdown": parts } } : saved;
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
    for (const { output } of this.#outputs()) this.#chats.rows.remember(output);
    const ids = new Set(this.#outputs().map(({ output }) => chatIdOf(output)));
    for (const id of isLoading ? await this.#commIds() : []) ids.add(id);
    for (const id of ids) {
      const model = id === undefined ? undefined : await this.#chats.liveModel(id);
      if (signal.aborted) return;
      if (id === undefined || !model || !this.#showLive(id, model, isLoading)) continue;
      const chats = this.#chats.rows.get(id).map(([chat]) => this.#chats.liveModel(chat));
      for (const chat of await Promise.all(chats)) if (chat) this.#open(chat);
    }
  }

  /** Show a live chat where the file holds its text. Return true if the notebook now shows the chat. */
  #showLive(id: string, model: Model, isLoading: boolean): boolean {
    const notebook = this.#manager.context.model;
    const wasDirty = notebook.dirty;
    const view = { [VIEW_MIME_TYPE]: { version_major: 2, version_minor: 0, model_id: id } };
    const metadata = this.#chats.rows.metadata(id);
    const outputs = this.#outputs().filter(({ output }) => chatIdOf(output) === id);
    for (const { cell, index, output } of outputs) {
      if (output.data?.[VIEW_MIME_TYPE] || !cell.trusted) continue;
      if (!this.#chats.saved.has(id)) this.#chats.saved.set(id, markdownOf(output.data));
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
