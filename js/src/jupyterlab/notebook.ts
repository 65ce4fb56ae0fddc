/** What is used of JupyterLab's notebook, and what a chat puts into it when its reader asks for it. */

import type { AnyModel } from "@anywidget/types";
import { type ChatState, widgetManagerOf } from "../transport/jupyter.ts";

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
    get(index: number): { toJSON(): Output };
    set(index: number, output: Output): void;
    add(output: Output): void;
  };
}

export interface NotebookJson {
  readonly cells: readonly { readonly outputs?: readonly Output[] }[];
}

export interface NotebookModel {
  dirty: boolean;
  readonly readOnly?: boolean;
  readonly collaborative?: boolean;
  readonly cells: { readonly length: number; get(index: number): Cell };
  readonly sharedModel?: { insertCell?(index: number, cell: object): unknown };
  toJSON(): NotebookJson;
}

interface Signal {
  connect(slot: () => void): void;
  disconnect(slot: () => void): void;
}

/** A chat's model as the host keeps it; to us the same as the one that anywidget hands out. */
export type Model = AnyModel<ChatState> & { readonly comm_live?: boolean };

/** JupyterLab's widget manager. */
export interface WidgetManager {
  readonly context: {
    readonly model: NotebookModel;
    readonly fileChanged?: Signal;
    save?(): Promise<void>;
  };
  readonly kernel: { requestCommInfo(content: object): Promise<{ content: { comms?: object } }> } | null;
  readonly restoredStatus: boolean;
  readonly restored: Signal;
  has_model(id: string): boolean;
  get_model(id: string): Promise<Model>;
}

/** The host of a model, if that is a notebook that can be reached. */
export function notebookManagerOf(model: Parameters<typeof widgetManagerOf>[0]): WidgetManager | undefined {
  const host = widgetManagerOf(model) as Partial<WidgetManager> | undefined;
  const notebook = host?.context?.model;
  return typeof notebook?.toJSON === "function" && notebook.cells ? (host as WidgetManager) : undefined;
}

export function cellsOf({ cells }: NotebookModel): Cell[] {
  return Array.from({ length: cells.length }, (_, index) => cells.get(index));
}

export function outputsOf(cell: Cell): Output[] {
  const { outputs } = cell;
  return Array.from({ length: outputs?.length ?? 0 }, (_, index) => outputs?.get(index).toJSON() as Output);
}

/** The model that an output is the view of. */
export function viewedModelId(output: Output): unknown {
  return (output.data?.[VIEW_MIME_TYPE] as { model_id?: unknown } | undefined)?.model_id;
}

/** The view of ours that an output shows, or stands for. */
export function chatIdOf(output: Output): string | undefined {
  const id = output.metadata?.nbstream?.chat;
  return typeof id === "string" ? id : undefined;
}

/** Its Markdown; a file has texts as lists of lines. */
export function markdownOf(data: Output["data"]): string {
  const text = data?.["text/markdown"];
  return Array.isArray(text) ? text.join("") : typeof text === "string" ? text : "";
}

/**
 * What puts code into a new cell below the one that shows a chat in `el`, where the notebook can be written. It is the
 * reader who runs it.
 */
export function codeInserter(
  host: WidgetManager | undefined,
  id: string,
  el: Element,
): ((code: string) => void) | undefined {
  const notebook = host?.context.model;
  const shared = notebook?.sharedModel;
  if (!notebook || notebook.readOnly || typeof shared?.insertCell !== "function") return undefined;
  return (source) => {
    const shown = el.closest(".jp-Cell");
    const below = shown?.nextElementSibling;
    // Trusted as the cells that JupyterLab adds are: what it will show comes from this reader's own run.
    const cell = { cell_type: "code", source, metadata: { trusted: true } };
    shared.insertCell?.(placeBelow(notebook, id, shown), cell);
    if (shown) focusBelow(shown, below);
  };
}

/** JupyterLab numbers the cells on the page; after one was moved, only what the cell shows tells which it is. */
function placeBelow(notebook: NotebookModel, id: string, shown: Element | null): number {
  const cells = cellsOf(notebook);
  const numbered = Number(shown?.getAttribute("data-windowed-list-index") ?? Number.NaN);
  const showing = cells.flatMap((cell, at) =>
    outputsOf(cell).some((output) => viewedModelId(output) === id) ? [at] : [],
  );
  const certain = showing.length === 0 || showing.includes(numbered);
  const place = (certain ? numbered : showing.at(-1)) ?? Number.NaN;
  return place < cells.length ? place + 1 : cells.length;
}

/** Frames at most in which the new cell and its editor are drawn. */
const DRAWN = 30;

function focusBelow(shown: Element, before: Element | null | undefined, tries = DRAWN): void {
  const below = shown.nextElementSibling;
  const editor = below === before ? null : below?.querySelector<HTMLElement>(".cm-content");
  if (editor) editor.focus();
  else if (tries > 0) requestAnimationFrame(() => focusBelow(shown, before, tries - 1));
}
