/** Access to JupyterLab's notebook, and the insertion of a chat's code into a new cell. */

import type { AnyModel } from "@anywidget/types";
import type { ChatState } from "../transport/jupyter.ts";
import type { RenderMime } from "./mermaid.ts";

export const VIEW_MIME_TYPE = "application/vnd.jupyter.widget-view+json";

export interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly metadata?: { readonly nbstream?: { readonly chat?: unknown; readonly row?: unknown } };
}

export interface Cell {
  readonly id: string;
  trusted: boolean;
  readonly outputs?: {
    readonly length: number;
    get(index: number): { toJSON(): Output; setData?(options: Pick<Output, "data">): void };
    set(index: number, output: Output): void;
    add(output: Output): void;
  };
  /** The cell in the document that pages may share. */
  readonly sharedModel?: {
    getOutputs?(): Output[];
    readonly youtputs?: { get(index: number): { set(key: string, value: unknown): void } };
    transact?(change: () => void, isUndoable: boolean, origin: string): void;
  };
}

export interface NotebookJson {
  readonly cells: readonly { readonly outputs?: readonly Output[] }[];
}

export interface NotebookModel {
  dirty: boolean;
  readonly readOnly?: boolean;
  readonly collaborative?: boolean;
  readonly contentChanged?: Signal;
  readonly cells: { readonly length: number; get(index: number): Cell };
  readonly sharedModel?: { insertCell?(index: number, cell: NewCell): unknown };
  toJSON(): NotebookJson;
}

interface NewCell {
  readonly cell_type: "code";
  readonly source: string;
  readonly metadata: object;
}

interface Signal {
  connect(slot: () => void): void;
  disconnect(slot: () => void): void;
}

/**
 * A chat's model as the widget manager keeps it. It has all members of the model that anywidget passes on,
 * and `comm_live`.
 */
export type Model = AnyModel<ChatState> & { readonly comm_live?: boolean };

/** JupyterLab's widget manager. */
export interface WidgetManager {
  readonly context: {
    readonly path: string;
    readonly model: NotebookModel;
    readonly fileChanged?: Signal;
    /** Tells of a save: `started`, and then `completed` or `failed`. */
    readonly saveState?: {
      connect(slot: (sender: unknown, state: string) => void): void;
      disconnect(slot: (sender: unknown, state: string) => void): void;
    };
    save?(): Promise<void>;
  };
  readonly kernel: { requestCommInfo(content: object): Promise<{ content: { comms?: object } }> } | null;
  readonly rendermime?: RenderMime;
  readonly restoredStatus: boolean;
  readonly restored: Signal;
  has_model(id: string): boolean;
  get_model(id: string): Promise<Model>;
}

export function cellsOf({ cells }: NotebookModel): Cell[] {
  return Array.from({ length: cells.length }, (_, index) => cells.get(index));
}

export function outputsOf(cell: Cell): Output[] {
  const { outputs } = cell;
  return Array.from({ length: outputs?.length ?? 0 }, (_, index) => outputs?.get(index).toJSON() as Output);
}

/** Return the id of the model whose view is in an output. */
export function viewedModelId(output: Output): unknown {
  return (output.data?.[VIEW_MIME_TYPE] as { model_id?: unknown } | undefined)?.model_id;
}

/** Return the id of the chat that an output shows live or as saved text. */
export function chatIdOf(output: Output): string | undefined {
  const id = output.metadata?.nbstream?.chat;
  return typeof id === "string" ? id : undefined;
}

/** Return the id of the view that an output shows, live or as saved text. */
export function viewOf(output: Output): string | undefined {
  const id = viewedModelId(output);
  return typeof id === "string" ? id : chatIdOf(output);
}

/** Return the Markdown of an output's data; a file stores a text as a list of lines. */
export function markdownOf(data: Output["data"]): string {
  const text = data?.["text/markdown"];
  return Array.isArray(text) ? text.join("") : typeof text === "string" ? text : "";
}

/**
 * Make the function that inserts code as a new cell below the cell that shows a chat in `el`; undefined if
 * the notebook cannot be changed. The function does not run the cell; the user does.
 */
export function codeInserter(
  manager: WidgetManager | undefined,
  id: string,
  el: Element,
): ((code: string) => void) | undefined {
  const notebook = manager?.context.model;
  const shared = notebook?.sharedModel;
  if (!notebook || notebook.readOnly || typeof shared?.insertCell !== "function") return undefined;
  return (source) => {
    const shownIn = el.closest(".jp-Cell");
    const below = shownIn?.nextElementSibling;
    // The new cell is trusted, like a cell that JupyterLab adds, because its outputs will come from this
    // user's own run.
    const cell: NewCell = { cell_type: "code", source, metadata: { trusted: true } };
    shared.insertCell?.(indexBelow(notebook, id, shownIn), cell);
    if (shownIn) focusBelow(shownIn, below);
  };
}

/**
 * Find the index for a new cell below the given cell. JupyterLab writes each cell's number on the page, but
 * the number may be wrong after a cell was moved. In that case, the cell is found by the chat that it shows.
 */
function indexBelow(notebook: NotebookModel, id: string, shownIn: Element | null): number {
  const cells = cellsOf(notebook);
  const numbered = Number(shownIn?.getAttribute("data-windowed-list-index") ?? Number.NaN);
  const indexes = cells.flatMap((cell, at) =>
    outputsOf(cell).some((output) => viewedModelId(output) === id) ? [at] : [],
  );
  const isCertain = indexes.length === 0 || indexes.includes(numbered);
  const index = (isCertain ? numbered : indexes.at(-1)) ?? Number.NaN;
  return index < cells.length ? index + 1 : cells.length;
}

/** Number of animation frames to wait until the new cell and its editor are drawn. */
const MAX_FRAMES = 30;

function focusBelow(cell: Element, before: Element | null | undefined, framesLeft = MAX_FRAMES): void {
  const below = cell.nextElementSibling;
  const editor = below === before ? null : below?.querySelector<HTMLElement>(".cm-content");
  if (editor) editor.focus();
  else if (framesLeft > 0) requestAnimationFrame(() => focusBelow(cell, before, framesLeft - 1));
}
