/**
 * Writes the chats into the notebook's file as Markdown, and makes them live again when the notebook is opened
 * beside their kernel.
 *
 * The live outputs are never touched when an answer ends, so nothing flashes and nothing scrolls. JupyterLab asks the
 * notebook's model for its JSON at each save, and there a chat's view is exchanged for what was said.
 */

import type { AnyModel } from "@anywidget/types";
import { ELSEWHERE, EMPTY } from "../core/saved-notes.ts";
import type { Transcript } from "../core/transcript.ts";
import type { WriteChats } from "../lazy/loader.ts";
import type { ChatState } from "../transport/jupyter.ts";
import {
  type Cell,
  cellsOf,
  chatIdOf,
  type WidgetManager,
  type Model,
  type NotebookJson,
  type NotebookModel,
  type Output,
  outputsOf,
  markdownOf,
  VIEW_MIME_TYPE,
  viewedModelId,
} from "./notebook.ts";

/** Milliseconds in which a chat that was made live again has its text; until then the file's may be the longer. */
const CATCHING_UP = 10_000;

type Row = readonly (readonly [chat: string, name: string])[];

interface Kept {
  readonly transcript: Transcript;
  /** When the page began to listen. */
  readonly since: number;
}

export class NotebookSaver {
  readonly #host: WidgetManager;
  readonly #open: (model: AnyModel<ChatState>) => void;
  readonly #chats = new Map<string, Kept>();
  /** The views that show several chats side by side: each one's id and name, by the id of the view. */
  readonly #rows = new Map<string, Row>();
  /** The Markdown of each view that the file has. */
  readonly #saved = new Map<string, unknown>();

  #write: WriteChats | undefined;
  /** The notebook was saved before there was something to write it by. */
  #early = false;

  private constructor(host: WidgetManager, open: (model: AnyModel<ChatState>) => void) {
    this.#host = host;
    this.#open = open;
  }

  /**
   * The keeper of a host's notebook, if its page writes the file; `open` makes a chat listen that is not in sight,
   * `fetch` brings what writes, which is needed before an answer ends.
   */
  static create(
    host: WidgetManager | undefined,
    open: (model: AnyModel<ChatState>) => void,
    fetch: () => Promise<WriteChats | undefined>,
    signal: AbortSignal,
  ): NotebookSaver | undefined {
    const notebook = host?.context.model;
    if (!notebook || !host.restored || notebook.collaborative) return undefined;
    const keeper = new NotebookSaver(host, open);
    keeper.#writeFor(notebook, signal);
    keeper.#restoreWhenReady(signal);
    fetch().then((write) => keeper.#writeBy(write));
    return keeper;
  }

  /** What was saved before it could be written is saved again. */
  #writeBy(write: WriteChats | undefined): void {
    this.#write = write;
    if (!write || !this.#early) return;
    this.#host.context.model.dirty = true;
    this.#host.context.save?.().catch(() => {});
  }

  /** Write this chat from now on. */
  track(id: string, transcript: Transcript): void {
    this.#chats.set(id, { transcript, since: performance.now() });
  }

  /** An answer has ended: the notebook has changed, also where nothing ran. */
  replyEnded(id: string): void {
    const markdown = this.#written(id)?.["text/markdown"];
    if (markdown !== this.#saved.get(id)) this.#host.context.model.dirty = true;
  }

  #writeFor(notebook: NotebookModel, signal: AbortSignal): void {
    const original = notebook.toJSON;
    const toJSON = () => {
      const json = original.call(notebook);
      if (signal.aborted) return json;
      try {
        return this.#withChats(json);
      } catch (error) {
        console.warn("[nbstream] the notebook is saved as it stands", error);
        return json;
      }
    };
    notebook.toJSON = toJSON;
    signal.addEventListener("abort", () => {
      if (notebook.toJSON === toJSON) notebook.toJSON = original;
    });
  }

  #withChats(json: NotebookJson): NotebookJson {
    const seen = new Set<string>();
    const cells = json.cells.map((cell) => {
      const outputs = cell.outputs?.map((output) => this.#forFile(output, seen));
      return outputs ? { ...cell, outputs } : cell;
    });
    return { ...json, cells };
  }

  #forFile(output: Output, seen: Set<string>): Output {
    const id = viewedModelId(output);
    if (typeof id !== "string" || !(this.#chats.has(id) || chatIdOf(output) === id)) return output;
    this.#noteRow(output);
    const { [VIEW_MIME_TYPE]: _, ...rest } = output.data ?? {};
    const data = seen.has(id)
      ? { "text/markdown": `*${ELSEWHERE}*`, "text/plain": ELSEWHERE }
      : this.#newer(id, rest);
    if (!seen.has(id)) this.#saved.set(id, data["text/markdown"]);
    seen.add(id);
    return { output_type: "display_data", data, metadata: this.#marks(id) };
  }

  #marks(id: string): NonNullable<Output["metadata"]> {
    const row = this.#rows.get(id);
    return { nbstream: { chat: id, ...(row && { row: Object.fromEntries(row) }) } };
  }

  #noteRow(output: Output): void {
    const id = chatIdOf(output);
    const { row } = output.metadata?.nbstream ?? {};
    const chats = Object.entries(row ?? {}).map(([chat, name]) => [chat, String(name)] as const);
    if (id !== undefined && typeof row === "object" && chats.length > 0) this.#rows.set(id, chats);
  }

  /** What the page knows, or what the output has, where the page does not know it yet. */
  #newer(id: string, before: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    this.#early ||= this.#write === undefined;
    const now = this.#written(id);
    if (!now)
      return "text/markdown" in before ? before : { "text/markdown": `*${EMPTY}*`, "text/plain": EMPTY };
    const catchingUp = performance.now() - (this.#chats.get(id)?.since ?? 0) < CATCHING_UP;
    const longer = markdownOf(before).length > now["text/markdown"].length;
    return catchingUp && longer && this.#saved.has(id) ? before : now;
  }

  #written(id: string): ReturnType<WriteChats> | undefined {
    const row = this.#rows.get(id) ?? [[id, ""] as const];
    const chats = row.map(([chat, name]) => [name, this.#chats.get(chat)?.transcript.turns ?? []] as const);
    return chats.every(([, turns]) => turns.length > 0) ? this.#write?.(chats) : undefined;
  }

  #restoreWhenReady(signal: AbortSignal): void {
    const { restored, restoredStatus, context } = this.#host;
    // Once: what the reader takes away from then on is meant to be gone.
    let loading = true;
    const restore = () => {
      this.#restore(loading, signal).catch((error) => console.warn("[nbstream] not restored", error));
      loading = false;
    };
    restored.connect(restore);
    // Read again from the disk, its outputs are what the file has.
    context.fileChanged?.connect(restore);
    signal.addEventListener("abort", () => {
      restored.disconnect(restore);
      context.fileChanged?.disconnect(restore);
    });
    if (restoredStatus) restore();
  }

  async #restore(loading: boolean, signal: AbortSignal): Promise<void> {
    for (const { output } of this.#outputs()) this.#noteRow(output);
    const ids = new Set(this.#outputs().map(({ output }) => chatIdOf(output)));
    for (const id of loading ? await this.#commIds() : []) ids.add(id);
    for (const id of ids) {
      const model = id === undefined ? undefined : await this.#live(id);
      if (signal.aborted) return;
      if (id === undefined || !model || !this.#show(id, model, loading)) continue;
      const chats = this.#rows.get(id)?.map(([chat]) => this.#live(chat)) ?? [model];
      for (const chat of await Promise.all(chats)) if (chat) this.#open(chat);
    }
  }

  /** Show a living chat where the file has its text; whether the notebook shows it. */
  #show(id: string, model: Model, loading: boolean): boolean {
    const notebook = this.#host.context.model;
    const dirty = notebook.dirty;
    const view = { [VIEW_MIME_TYPE]: { version_major: 2, version_minor: 0, model_id: id } };
    const metadata = this.#marks(id);
    const mine = this.#outputs().filter(({ output }) => chatIdOf(output) === id);
    for (const { cell, index, output } of mine) {
      if (output.data?.[VIEW_MIME_TYPE] || !cell.trusted) continue;
      if (!this.#saved.has(id)) this.#saved.set(id, markdownOf(output.data));
      cell.outputs?.set(index, {
        output_type: "display_data",
        data: { ...view, ...output.data },
        metadata,
      });
    }
    // The file may be older than the cell's run.
    const place = mine.length === 0 && loading ? this.#emptyCell(model.get("_cell")) : undefined;
    if (place) {
      place.trusted = true;
      place.outputs?.add({ output_type: "display_data", data: view, metadata });
    }
    // What the file holds is the same as before.
    if (!place) notebook.dirty = dirty;
    return mine.some(({ cell }) => cell.trusted) || place !== undefined;
  }

  async #live(id: string): Promise<Model | undefined> {
    if (!this.#host.has_model(id)) return undefined;
    const model = await this.#host.get_model(id);
    const ours = this.#rows.has(id) || model.get("_chat") === id;
    return model.comm_live !== false && ours ? model : undefined;
  }

  async #commIds(): Promise<string[]> {
    const reply = await this.#host.kernel?.requestCommInfo({ target_name: "jupyter.widget" });
    return Object.keys(reply?.content.comms ?? {});
  }

  #cells(): Cell[] {
    return cellsOf(this.#host.context.model);
  }

  #outputs(): { cell: Cell; index: number; output: Output }[] {
    return this.#cells().flatMap((cell) => outputsOf(cell).map((output, index) => ({ cell, index, output })));
  }

  #emptyCell(id: string): Cell | undefined {
    return id ? this.#cells().find((cell) => cell.id === id && cell.outputs?.length === 0) : undefined;
  }
}
